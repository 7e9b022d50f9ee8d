-- pgvector, for the embeddings of rag_knowledge_chunks. No schema is named: a
-- platform may have installed it already, in public or in extensions.
create extension if not exists vector;
