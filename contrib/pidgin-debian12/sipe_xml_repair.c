/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A repair for pidgin-sipe on Debian 12, as a library to be preloaded.
 *
 * The plugin parses every document with xmlSAXUserParseMemory() and a handler
 * that claims to be a SAX2 one (XML_SAX2_MAGIC) while it has only the callbacks
 * of SAX1. libxml2 as published decides by the callbacks; Debian 12's patched
 * libxml2 2.9.14 decides by the claim and calls nothing at all, so that every
 * document reads as empty: no contacts, no presence, no settings.
 *
 * This library stands before libxml2's function. When it finds the fault (it
 * tries once), it hands such a handler on with an honest claim; everything else
 * passes through untouched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

typedef int parse_memory(xmlSAXHandlerPtr, void *, const char *, int);

static parse_memory *next;
static int faulty;

static void count_element(void *count, const xmlChar *name, const xmlChar **attributes)
{
	(void)name;
	(void)attributes;
	++*(int *)count;
}

static void look(void)
{
	static const char document[] = "<a/>";
	xmlSAXHandler handler;
	int elements = 0;

	*(void **)&next = dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
	if (!next)
		return;
	memset(&handler, 0, sizeof(handler));
	handler.initialized = XML_SAX2_MAGIC;
	handler.startElement = count_element;
	next(&handler, &elements, document, sizeof(document) - 1);
	faulty = elements == 0;
}

int xmlSAXUserParseMemory(xmlSAXHandlerPtr handler, void *data, const char *buffer, int size)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look);
	if (!next)              /* nobody can have linked the plugin without libxml2 */
		abort();
	if (faulty && handler && handler->initialized == XML_SAX2_MAGIC &&
	    !handler->startElementNs && !handler->endElementNs &&
	    (handler->startElement || handler->endElement)) {
		xmlSAXHandler honest = *handler;

		honest.initialized = 1;
		return next(&honest, data, buffer, size);
	}
	return next(handler, data, buffer, size);
}
