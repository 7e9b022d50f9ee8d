CREATE TABLE public.orders (id int PRIMARY KEY, note text, state text NOT NULL DEFAULT 'new');
CREATE TABLE public.lines (id int PRIMARY KEY, order_id int REFERENCES public.orders (id));
