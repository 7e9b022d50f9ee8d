-- A column was dropped by hand, a comment rewritten, a column kept, a table and a column added.
CREATE TABLE public.orders (id int PRIMARY KEY, state text NOT NULL DEFAULT 'new', extra int);
CREATE TABLE public.lines (id int PRIMARY KEY, order_id int REFERENCES public.orders (id));
CREATE INDEX orders_state ON public.orders (state);
COMMENT ON TABLE public.orders IS 'Orders.';
CREATE VIEW public.open_orders AS SELECT id FROM public.orders WHERE state = 'new';
CREATE TABLE public.scratchpad (a int, b int);
