CREATE INDEX orders_state ON public.orders (state);
COMMENT ON TABLE public.orders IS 'What was ordered.';
ALTER TABLE public.lines DROP COLUMN order_id;
