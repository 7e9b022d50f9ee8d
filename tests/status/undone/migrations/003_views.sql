CREATE VIEW public.open_orders AS SELECT id FROM public.orders WHERE state = 'new';
-- Only the next file has it.
CREATE VIEW public.customer_orders AS SELECT id FROM public.customers;
INSERT INTO public.orders (id) VALUES (1);
