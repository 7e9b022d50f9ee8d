-- A foreign key that forgets the tenant
-- Foreign keys do not ask policies. A row of one tenant may refer to a row of another, and goes when that one goes.
ALTER TABLE public.rag_knowledge_chunks DROP CONSTRAINT rag_knowledge_chunks_tenant_id_source_id_fkey;
ALTER TABLE public.rag_knowledge_chunks ADD CONSTRAINT rag_knowledge_chunks_tenant_id_source_id_fkey
  FOREIGN KEY (source_id) REFERENCES public.rag_knowledge_sources (id) ON DELETE CASCADE;
