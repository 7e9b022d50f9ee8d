/* A security label provider that takes any label, for test servers: none comes with PostgreSQL.
 * Loaded through shared_preload_libraries. Declares by itself the little of the server that it
 * uses, so that no header of a server is needed; MAJOR is the server's version. */

typedef struct {
#if MAJOR < 18
	int len;
#endif
	int version;
	int funcmaxargs;
	int indexmaxkeys;
	int namedatalen;
	int float8byval;
#if MAJOR >= 15
	char abi_extra[32];
#endif
} abi;

typedef struct {
#if MAJOR >= 18
	int len;
	abi values;
	const char *name;
	const char *version;
#else
	abi values;
#endif
} magic;

static const magic found = {
#if MAJOR >= 18
	.len = sizeof(magic),
#else
	.values.len = sizeof(magic),
#endif
	.values.version = MAJOR * 100,
	.values.funcmaxargs = 100,
	.values.indexmaxkeys = 32,
	.values.namedatalen = 64,
	.values.float8byval = 1,
#if MAJOR >= 15
	.values.abi_extra = "PostgreSQL",
#endif
};

const magic *Pg_magic_func(void) { return &found; }

extern void register_label_provider(const char *name, void (*check)(const void *object, const char *label));

static void any(const void *object, const char *label) { (void)object, (void)label; }

void _PG_init(void)
{
	register_label_provider("mask", any);
	register_label_provider("Odd \"one\"", any);
}
