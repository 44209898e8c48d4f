/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Repairs of faults in Debian 12's combination of libpurple 2.14, libxml2 2.9.14
 * and SIPE 1.25.0.  The plugin's binary stays as it is: the executable exports
 * functions of the same names, which the dynamic linker binds the plugin to.
 */
#include "driver.h"

#include <dlfcn.h>
#include <libxml/parser.h>

gboolean xml_repaired;
gchar *fake_host_name;

/*
 * libpurple 2.14's circular buffer loses its order when a message fills it to
 * the last byte and the next one makes it grow: SIPE then sends the next
 * message without its head, and stale bytes for ever.  A first REGISTER of
 * n * 256 bytes does it, so with some lengths of user and domain names every
 * fourth sign-in hangs or crashes.  An empty buffer starts afresh here.
 * PURPLE_DRIVER_NO_BUF_FIX=1 switches it off.
 */
__attribute__((visibility("default")))
void purple_circ_buffer_append(PurpleCircBuffer *buf, gconstpointer src, gsize len)
{
	static void (*real)(PurpleCircBuffer *, gconstpointer, gsize);
	if (!real)
		real = dlsym(RTLD_NEXT, "purple_circ_buffer_append");
	if (buf->buffer && buf->bufused == 0 && !g_getenv("PURPLE_DRIVER_NO_BUF_FIX"))
		buf->inptr = buf->outptr = buf->buffer;
	real(buf, src, len);
}

/*
 * SIPE frees a group twice, and mostly dies, when a contactDelta tells that the
 * group was deleted at another endpoint: its own purple_blist_remove_group()
 * comes back to it as if the user had removed the group.  Called from the
 * plugin, it doesn't come back here.  PURPLE_DRIVER_NO_GROUP_FIX=1 switches it off.
 */
__attribute__((visibility("default")))
void purple_blist_remove_group(PurpleGroup *group)
{
	static void (*real)(PurpleGroup *);
	PurplePlugin *sipe = purple_find_prpl("prpl-sipe");
	PurplePluginProtocolInfo *info = sipe ? PURPLE_PLUGIN_PROTOCOL_INFO(sipe) : NULL;
	void (*told)(PurpleConnection *, PurpleGroup *) = info ? info->remove_group : NULL;
	Dl_info caller;
	if (!real)
		real = dlsym(RTLD_NEXT, "purple_blist_remove_group");
	if (info && dladdr(__builtin_return_address(0), &caller) && caller.dli_fname &&
	    strstr(caller.dli_fname, "libsipe") && !g_getenv("PURPLE_DRIVER_NO_GROUP_FIX"))
		info->remove_group = NULL;
	real(group);
	if (info)
		info->remove_group = told;
}

/*
 * SIPE parses every document with xmlSAXUserParseMemory() and a handler that
 * says XML_SAX2_MAGIC but only has the SAX1 element callbacks.  Debian 12's
 * patched libxml2 (2.9.14+dfsg-1.3~deb12u4 and ~deb12u6 at least) takes any
 * such handler for a SAX2 one and never calls startElement/endElement: the
 * parse succeeds, SIPE sees no elements at all, and the client signs in with an
 * empty contact list and never publishes.  Upstream libxml2 looks at the
 * callbacks first.  When the library on this machine has the fault, the plugin's
 * call is handed on with a copy of the handler marked as SAX1.
 * PURPLE_DRIVER_NO_XML_FIX=1 switches it off.
 */
typedef int (*sax_parse_fn)(xmlSAXHandlerPtr, void *, const char *, int);

static sax_parse_fn real_sax_parse(void)
{
	static sax_parse_fn fn;
	if (!fn)
		fn = (sax_parse_fn)dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
	return fn;
}

static void sax_probe_start(void *ud, const xmlChar *name, const xmlChar **attrs)
{
	(void)name; (void)attrs;
	*(int *)ud += 1;
}

void repairs_init(void)
{
	xmlSAXHandler h;
	int seen = 0;
	memset(&h, 0, sizeof(h));
	h.startElement = sax_probe_start;
	h.initialized = XML_SAX2_MAGIC;
	if (real_sax_parse())
		real_sax_parse()(&h, &seen, "<a/>", 4);
	xml_repaired = seen == 0 && !g_getenv("PURPLE_DRIVER_NO_XML_FIX");
}

__attribute__((visibility("default")))
int xmlSAXUserParseMemory(xmlSAXHandlerPtr sax, void *user_data, const char *buffer, int size)
{
	if (xml_repaired && sax && sax->initialized == XML_SAX2_MAGIC &&
	    !sax->startElementNs && !sax->endElementNs &&
	    (sax->startElement || sax->endElement)) {
		xmlSAXHandler copy = *sax;
		copy.initialized = 1;
		return real_sax_parse()(&copy, user_data, buffer, size);
	}
	return real_sax_parse()(sax, user_data, buffer, size);
}

__attribute__((visibility("default")))
const gchar *g_get_host_name(void)
{
	static gchar buf[256];
	if (fake_host_name)
		return fake_host_name;
	if (!buf[0] && gethostname(buf, sizeof(buf) - 1) != 0)
		strcpy(buf, "localhost");
	return buf;
}
