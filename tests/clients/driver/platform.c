/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The event loop on GLib's, and a resolver that never leaves the machine:
 * address literals and localhost resolve, every other name fails at once.
 */
#include "driver.h"

#include <arpa/inet.h>
#include <dnsquery.h>
#include <dnssrv.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define READ_COND  (G_IO_IN | G_IO_HUP | G_IO_ERR)
#define WRITE_COND (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL)

struct io_closure {
	PurpleInputFunction fn;
	gpointer data;
};

static gboolean io_invoke(GIOChannel *src, GIOCondition cond, gpointer data)
{
	struct io_closure *c = data;
	PurpleInputCondition pc = 0;
	if (cond & READ_COND)
		pc |= PURPLE_INPUT_READ;
	if (cond & WRITE_COND)
		pc |= PURPLE_INPUT_WRITE;
	c->fn(c->data, g_io_channel_unix_get_fd(src), pc);
	return TRUE;
}

static guint io_add(gint fd, PurpleInputCondition cond, PurpleInputFunction fn, gpointer data)
{
	struct io_closure *c = g_new0(struct io_closure, 1);
	GIOChannel *ch;
	GIOCondition gc = 0;
	guint id;
	c->fn = fn;
	c->data = data;
	if (cond & PURPLE_INPUT_READ)
		gc |= READ_COND;
	if (cond & PURPLE_INPUT_WRITE)
		gc |= WRITE_COND;
	ch = g_io_channel_unix_new(fd);
	id = g_io_add_watch_full(ch, G_PRIORITY_DEFAULT, gc, io_invoke, c, g_free);
	g_io_channel_unref(ch);
	return id;
}

static PurpleEventLoopUiOps loop_ops = {
	g_timeout_add, g_source_remove, io_add, g_source_remove, NULL,
	g_timeout_add_seconds, NULL, NULL, NULL
};

static gboolean dns_resolve(PurpleDnsQueryData *q, PurpleDnsQueryResolvedCallback ok,
			    PurpleDnsQueryFailedCallback bad)
{
	const char *host = purple_dnsquery_get_host(q);
	struct sockaddr_in *s4;
	GSList *hosts = NULL;

	if (g_ascii_strcasecmp(host, "localhost")) {
		bad(q, "the test client resolves no names");
		return TRUE;
	}
	s4 = g_new0(struct sockaddr_in, 1);
	s4->sin_family = AF_INET;
	s4->sin_port = htons(purple_dnsquery_get_port(q));
	s4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	hosts = g_slist_append(hosts, GINT_TO_POINTER(sizeof(*s4)));
	hosts = g_slist_append(hosts, s4);
	ok(q, hosts);
	return TRUE;
}

static void dns_destroy(PurpleDnsQueryData *q) { (void)q; }

static PurpleDnsQueryUiOps dnsq_ops = { dns_resolve, dns_destroy, NULL, NULL, NULL, NULL };

/* SIPE frees the query when it is told, so an answer must come from the loop. */
struct srv_pending {
	PurpleSrvTxtQueryData *q;
	PurpleSrvTxtQueryFailedCallback bad;
	guint source;
};
static GSList *srv_pending;

static gboolean srv_answer(gpointer data)
{
	struct srv_pending *p = data;
	srv_pending = g_slist_remove(srv_pending, p);
	p->bad(p->q, "the test client resolves no names");
	g_free(p);
	return FALSE;
}

static gboolean srv_resolve(PurpleSrvTxtQueryData *q, PurpleSrvTxtQueryResolvedCallback ok,
			    PurpleSrvTxtQueryFailedCallback bad)
{
	struct srv_pending *p = g_new0(struct srv_pending, 1);
	(void)ok;
	p->q = q;
	p->bad = bad;
	p->source = g_idle_add(srv_answer, p);
	srv_pending = g_slist_prepend(srv_pending, p);
	return TRUE;
}

static void srv_destroy(PurpleSrvTxtQueryData *q)
{
	GSList *l = srv_pending;
	while (l) {
		struct srv_pending *p = l->data;
		l = l->next;
		if (p->q == q) {
			srv_pending = g_slist_remove(srv_pending, p);
			g_source_remove(p->source);
			g_free(p);
		}
	}
}

static PurpleSrvTxtQueryUiOps srv_ops = { srv_resolve, srv_destroy, NULL, NULL, NULL, NULL };

void platform_init(void)
{
	purple_eventloop_set_ui_ops(&loop_ops);
}

void platform_ui_init(void)
{
	purple_dnsquery_set_ui_ops(&dnsq_ops);
	purple_srv_txt_query_set_ui_ops(&srv_ops);
}
