/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a user of Pidgin would do, as commands.
 */
#include "driver.h"

#define FAIL(...) do { *err = g_strdup_printf(__VA_ARGS__); return FALSE; } while (0)
#define NEED_GC() PurpleConnection *gc = gc_now(); if (!gc) FAIL("not connected")
#define NEED_STR(var, key) const char *var = j_str(a, key); if (!var) FAIL("missing '%s'", key)

typedef gboolean (*cmd_fn)(JsonObject *a, JsonObject *r, gchar **err);

static gchar *unmnemonic(const char *s)
{
	/* "_Accept" -> "Accept" */
	GString *o = g_string_new("");
	if (!s)
		s = "";
	for (; *s; s++) {
		if (*s == '_') {
			if (s[1] == '_')
				s++;
			else
				continue;
		}
		g_string_append_c(o, *s);
	}
	return g_string_free(o, FALSE);
}

static gchar *full_uri(const char *who)
{
	if (!who)
		return NULL;
	if (g_str_has_prefix(who, "sip:") || !strchr(who, '@'))
		return g_strdup(who);
	return g_strdup_printf("sip:%s", who);
}

static PurpleBuddy *find_buddy(const char *who, const char *group)
{
	PurpleBuddy *b = NULL;
	gchar *u = full_uri(who);
	PurpleGroup *g = group ? purple_find_group(group) : NULL;
	if (group && !g) {
		g_free(u);
		return NULL;
	}
	if (account && who) {
		b = g ? purple_find_buddy_in_group(account, u, g) : purple_find_buddy(account, u);
		if (!b)
			b = g ? purple_find_buddy_in_group(account, who, g) : purple_find_buddy(account, who);
	}
	g_free(u);
	return b;
}

/* status messages are HTML in libpurple; "note" is plain text, "note_html" is not */
static gboolean apply_status(JsonObject *a, gchar **err)
{
	const char *id = j_str(a, "status") ? j_str(a, "status") : "available";
	PurpleStatusType *t;
	if (!account)
		FAIL("no account");
	t = purple_account_get_status_type(account, id);
	if (!t)
		FAIL("unknown status '%s'", id);
	if (purple_status_type_get_attr(t, "message")) {
		gchar *note = j_str(a, "note_html") ? g_strdup(j_str(a, "note_html")) :
			j_str(a, "note") ? text_to_html(j_str(a, "note")) : g_strdup("");
		purple_account_set_status(account, id, TRUE, "message", note, NULL);
		g_free(note);
	} else
		purple_account_set_status(account, id, TRUE, NULL);
	return TRUE;
}

static gboolean install_ca(const char *path, gchar **err)
{
	PurpleCertificateScheme *x509 = purple_certificate_find_scheme("x509");
	PurpleCertificatePool *ca = purple_certificate_find_pool("x509", "ca");
	GSList *crts, *l;
	int n = 0;
	if (!x509 || !ca)
		FAIL("no x509 certificate support in this libpurple");
	crts = purple_certificates_import(x509, path);
	for (l = crts; l; l = l->next) {
		PurpleCertificate *c = l->data;
		gchar *id = purple_certificate_get_unique_id(c);
		if (id && purple_certificate_pool_store(ca, id, c))
			n++;
		g_free(id);
		purple_certificate_destroy(c);
	}
	g_slist_free(crts);
	if (!n)
		FAIL("could not load any CA certificate from %s", path);
	return TRUE;
}

static gboolean cmd_connect(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(user, "user");
	const char *login = j_str(a, "login");
	static const struct { const char *json, *purple; } keys[] = {
		{ "server", "server" }, { "transport", "transport" },
		{ "authentication", "authentication" }, { "useragent", "useragent" },
	};
	gchar *name;
	gboolean fresh;
	guint i;

	if (account && purple_account_get_connection(account))
		FAIL("already connected or connecting");
	if (j_str(a, "cert_policy")) {
		g_free(cert_policy);
		cert_policy = g_strdup(j_str(a, "cert_policy"));
	}
	if (j_str(a, "ca_file") && !install_ca(j_str(a, "ca_file"), err))
		return FALSE;
	/* Pidgin always appends the (maybe empty) login split */
	name = g_strdup_printf("%s,%s", user, login ? login : "");
	if (account && !purple_strequal(purple_account_get_username(account), name)) {
		purple_accounts_delete(account);
		account = NULL;
	}
	fresh = !account;
	if (fresh) {
		PurpleProxyInfo *px = purple_proxy_info_new();
		account = purple_account_new(name, "prpl-sipe");
		purple_accounts_add(account);
		purple_proxy_info_set_type(px, PURPLE_PROXY_NONE);
		purple_account_set_proxy_info(account, px);
		purple_account_set_remember_password(account, TRUE);
	}
	g_free(name);
	for (i = 0; i < G_N_ELEMENTS(keys); i++)
		if (j_str(a, keys[i].json))
			purple_account_set_string(account, keys[i].purple, j_str(a, keys[i].json));
	/* without a calendar there is nothing to look for outside of the server */
	purple_account_set_bool(account, "dont-publish", j_bool(a, "dont_publish", TRUE));
	if (j_str(a, "password"))
		purple_account_set_password(account, j_str(a, "password"));

	g_free(last_error_text);
	last_error_text = NULL;
	last_error_reason = -1;
	purple_account_clear_current_error(account);

	/* an account that comes back has the status it had, as in Pidgin */
	if ((fresh || j_str(a, "status")) && !apply_status(a, err))
		return FALSE;
	if (!purple_account_get_enabled(account, UI_ID))
		purple_account_set_enabled(account, UI_ID, TRUE);
	if (!purple_account_get_connection(account))
		purple_account_connect(account);
	o_bool(r, "connecting", purple_account_get_connection(account) != NULL);
	return TRUE;
}

static gboolean cmd_disconnect(JsonObject *a, JsonObject *r, gchar **err)
{
	(void)a; (void)r;
	if (!account || !purple_account_get_connection(account))
		FAIL("not connected");
	purple_account_disconnect(account);
	return TRUE;
}

static gboolean cmd_set_status(JsonObject *a, JsonObject *r, gchar **err)
{
	(void)r;
	if (!j_str(a, "status"))
		FAIL("missing 'status'");
	return apply_status(a, err);
}

static gboolean cmd_set_idle(JsonObject *a, JsonObject *r, gchar **err)
{
	gint64 secs = j_int(a, "seconds", 0);
	PurplePresence *p;
	(void)r;
	if (!account)
		FAIL("no account");
	p = purple_account_get_presence(account);
	purple_presence_set_idle(p, secs > 0, secs > 0 ? time(NULL) - secs : 0);
	return TRUE;
}

static gboolean cmd_list_buddies(JsonObject *a, JsonObject *r, gchar **err)
{
	JsonArray *b = json_array_new(), *g = json_array_new();
	PurpleBlistNode *n;
	gboolean full = j_bool(a, "full", TRUE);
	(void)err;
	for (n = purple_blist_get_root(); n; n = n->next)
		if (PURPLE_BLIST_NODE_IS_GROUP(n))
			json_array_add_string_element(g, purple_group_get_name((PurpleGroup *)n));
	if (account) {
		GSList *l, *all = purple_find_buddies(account, NULL);
		for (l = all; l; l = l->next)
			json_array_add_object_element(b, buddy_snapshot(l->data, full));
		g_slist_free(all);
	}
	json_object_set_array_member(r, "groups", g);
	json_object_set_array_member(r, "buddies", b);
	return TRUE;
}

static gboolean cmd_add_buddy(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	const char *group = j_str(a, "group") ? j_str(a, "group") : "Other Contacts";
	PurpleGroup *g;
	PurpleBuddy *b;
	(void)r;
	if (!gc_now())
		FAIL("not connected");
	g = purple_find_group(group);
	if (!g) {
		g = purple_group_new(group);
		purple_blist_add_group(g, NULL);
	}
	b = purple_buddy_new(account, who, j_str(a, "alias"));
	purple_blist_add_buddy(b, NULL, g, NULL);
	purple_account_add_buddy(account, b);
	return TRUE;
}

static gboolean cmd_remove_buddy(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	PurpleBuddy *b = find_buddy(who, j_str(a, "group"));
	(void)r;
	if (!b)
		FAIL("no such buddy '%s'", who);
	if (!gc_now())
		FAIL("not connected");
	purple_account_remove_buddy(account, b, purple_buddy_get_group(b));
	purple_blist_remove_buddy(b);
	return TRUE;
}

static gboolean cmd_alias_buddy(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	PurpleBuddy *b = find_buddy(who, j_str(a, "group"));
	(void)r;
	if (!b)
		FAIL("no such buddy '%s'", who);
	purple_blist_alias_buddy(b, j_str(a, "alias"));
	serv_alias_buddy(b);
	return TRUE;
}

static gboolean cmd_move_buddy(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	NEED_STR(to, "to");
	PurpleBuddy *b = find_buddy(who, j_str(a, "from"));
	PurpleGroup *g;
	(void)r;
	if (!b)
		FAIL("no such buddy '%s'", who);
	g = purple_find_group(to);
	if (!g) {
		g = purple_group_new(to);
		purple_blist_add_group(g, NULL);
	}
	purple_blist_add_buddy(b, NULL, g, NULL);   /* calls the prpl's group_buddy */
	return TRUE;
}

static gboolean cmd_rename_group(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(name, "group");
	NEED_STR(to, "to");
	PurpleGroup *g = purple_find_group(name);
	(void)r;
	if (!g)
		FAIL("no such group '%s'", name);
	purple_blist_rename_group(g, to);
	return TRUE;
}

static gboolean cmd_remove_group(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(name, "group");
	PurpleGroup *g = purple_find_group(name);
	PurpleBlistNode *c, *b, *nc, *nb;
	(void)r;
	if (!g)
		FAIL("no such group '%s'", name);
	/* like Pidgin: first every buddy, then the group */
	for (c = ((PurpleBlistNode *)g)->child; c; c = nc) {
		nc = c->next;
		for (b = c->child; b; b = nb) {
			nb = b->next;
			if (PURPLE_BLIST_NODE_IS_BUDDY(b)) {
				if (gc_now())
					purple_account_remove_buddy(account, (PurpleBuddy *)b, g);
				purple_blist_remove_buddy((PurpleBuddy *)b);
			}
		}
	}
	if (gc_now())
		purple_account_remove_group(account, g);
	purple_blist_remove_group(g);
	return TRUE;
}

static PurpleConversation *im_conv(const char *who, gboolean create)
{
	gchar *u = full_uri(who);
	PurpleConversation *c = purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, u, account);
	if (!c && create)
		c = purple_conversation_new(PURPLE_CONV_TYPE_IM, account, u);
	g_free(u);
	return c;
}

static gboolean cmd_send_im(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(to, "to");
	const char *html = j_str(a, "html"), *text = j_str(a, "text");
	gchar *m;
	PurpleConversation *c;
	(void)r;
	if (!html && !text)
		FAIL("missing 'html' or 'text'");
	if (!gc_now())
		FAIL("not connected");
	m = html ? g_strdup(html) : text_to_html(text);
	c = im_conv(to, TRUE);
	purple_conv_im_send_with_flags(PURPLE_CONV_IM(c), m, 0);
	g_free(m);
	return TRUE;
}

static gboolean cmd_typing(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_GC();
	NEED_STR(to, "to");
	const char *st = j_str(a, "state");
	PurpleTypingState s = PURPLE_TYPING;
	gchar *u = full_uri(to);
	if (purple_strequal(st, "typed"))
		s = PURPLE_TYPED;
	else if (purple_strequal(st, "stopped"))
		s = PURPLE_NOT_TYPING;
	o_int(r, "resend_after", serv_send_typing(gc, u, s));
	g_free(u);
	return TRUE;
}

static gboolean cmd_close_im(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	PurpleConversation *c = im_conv(who, FALSE);
	(void)r;
	if (!c)
		FAIL("no conversation with '%s'", who);
	purple_conversation_destroy(c);
	return TRUE;
}

static gboolean cmd_block(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	gchar *u;
	(void)r;
	if (!gc_now())
		FAIL("not connected");
	/* what Pidgin's "Block" does; with the default privacy mode it first empties
	 * the deny list and switches to "block only the users below" */
	u = full_uri(who);
	purple_privacy_deny(account, u, FALSE, FALSE);
	g_free(u);
	return TRUE;
}

static gboolean cmd_unblock(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	gchar *u;
	(void)r;
	if (!gc_now())
		FAIL("not connected");
	u = full_uri(who);
	purple_privacy_allow(account, u, FALSE, FALSE);
	g_free(u);
	return TRUE;
}

static gchar *clean_label(const char *l)
{
	/* "* Company", "= Team", "  Public" -> bare label */
	gchar *u = unmnemonic(l);
	gchar *p = u, *res;
	while (*p == ' ' || *p == '*' || *p == '=')
		p++;
	res = g_strdup(g_strchomp(p));
	g_free(u);
	return res;
}

static void menu_free(GList *menu)
{
	GList *l;
	for (l = menu; l; l = l->next) {
		PurpleMenuAction *m = l->data;
		if (!m)
			continue;
		menu_free(m->children);
		m->children = NULL;
		purple_menu_action_free(m);
	}
	g_list_free(menu);
}

static PurpleMenuAction *menu_find(GList *menu, gchar **path)
{
	for (; menu; menu = menu->next) {
		PurpleMenuAction *m = menu->data;
		gchar *c;
		gboolean hit;
		if (!m)
			continue;
		c = clean_label(m->label);
		hit = !g_ascii_strcasecmp(c, *path);
		g_free(c);
		if (!hit)
			continue;
		if (!path[1])
			return m;
		return menu_find(m->children, path + 1);
	}
	return NULL;
}

/* the entries of SIPE's own buddy menu, which also serves people not on the list */
static gboolean buddy_menu(const char *who, gchar **path, gchar **err)
{
	PurplePluginProtocolInfo *pi = prpl_info();
	PurpleBuddy *b, *detached = NULL;
	PurpleMenuAction *m;
	GList *menu;
	if (!gc_now())
		FAIL("not connected");
	if (!pi || !pi->blist_node_menu)
		FAIL("plugin has no node menu");
	b = find_buddy(who, NULL);
	if (!b) {
		gchar *u = full_uri(who);
		b = detached = purple_buddy_new(account, u, NULL);
		g_free(u);
	}
	menu = pi->blist_node_menu((PurpleBlistNode *)b);
	m = menu_find(menu, path);
	if (m && m->callback)
		((void (*)(PurpleBlistNode *, gpointer))m->callback)((PurpleBlistNode *)b, m->data);
	else
		*err = g_strdup("no such menu entry");
	menu_free(menu);
	if (detached)
		purple_buddy_destroy(detached);
	return *err == NULL;
}

static gboolean cmd_set_access_level(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	NEED_STR(level, "level");
	gchar *path[] = { (gchar *)"Access level", (gchar *)level, NULL };
	(void)r;
	return buddy_menu(who, path, err);
}

/* the level that SIPE's menu marks for this person */
static gboolean cmd_access_level(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(who, "who");
	PurplePluginProtocolInfo *pi = prpl_info();
	PurpleBuddy *b = find_buddy(who, NULL);
	gchar *path[] = { (gchar *)"Access level", NULL };
	PurpleMenuAction *m;
	GList *menu, *l;
	if (!gc_now() || !pi || !pi->blist_node_menu)
		FAIL("not connected");
	if (!b)
		FAIL("no such buddy '%s'", who);
	menu = pi->blist_node_menu((PurpleBlistNode *)b);
	m = menu_find(menu, path);
	for (l = m ? m->children : NULL; l; l = l->next) {
		PurpleMenuAction *x = l->data;
		if (x && x->label && (*x->label == '*' || *x->label == '=')) {
			gchar *c = clean_label(x->label);
			o_str(r, "level", c);
			o_bool(r, "inherited", *x->label == '=');
			g_free(c);
		}
	}
	menu_free(menu);
	return TRUE;
}

/* a setting of the account, while it is signed in */
static gboolean cmd_set_option(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_STR(name, "name");
	NEED_STR(value, "value");
	(void)r;
	if (!account)
		FAIL("no account");
	purple_account_set_string(account, name, value);
	return TRUE;
}

/* one of the entries of the account's menu */
static gboolean cmd_action(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_GC();
	NEED_STR(label, "label");
	PurplePlugin *prpl = purple_connection_get_prpl(gc);
	GList *l, *actions = PURPLE_PLUGIN_HAS_ACTIONS(prpl) ? PURPLE_PLUGIN_ACTIONS(prpl, gc) : NULL;
	gboolean found = FALSE;
	(void)r;
	for (l = actions; l; l = l->next) {
		PurplePluginAction *action = l->data;
		if (!action)
			continue;
		if (!found && purple_strequal(action->label, label)) {
			found = TRUE;
			action->plugin = prpl;
			action->context = gc;
			action->callback(action);
		}
		purple_plugin_action_free(action);
	}
	g_list_free(actions);
	if (!found)
		FAIL("no action '%s'", label);
	return TRUE;
}

static gboolean cmd_get_info(JsonObject *a, JsonObject *r, gchar **err)
{
	NEED_GC();
	NEED_STR(who, "who");
	gchar *u = full_uri(who);
	(void)r;
	serv_get_info(gc, u);
	g_free(u);
	return TRUE;
}

static gboolean cmd_state(JsonObject *a, JsonObject *r, gchar **err)
{
	PurpleConnection *gc = account ? purple_account_get_connection(account) : NULL;
	(void)a; (void)err;
	o_bool(r, "connected", gc && PURPLE_CONNECTION_IS_CONNECTED(gc));
	o_bool(r, "connecting", gc && purple_connection_get_state(gc) == PURPLE_CONNECTING);
	o_str(r, "last_error_reason", reason_name(last_error_reason));
	o_str(r, "last_error", last_error_text);
	if (account) {
		PurpleStatus *st = purple_account_get_active_status(account);
		o_str(r, "user", purple_account_get_username(account));
		o_str(r, "status", purple_status_get_id(st));
		put_note(r, st);
	}
	return TRUE;
}

static gboolean cmd_quit(JsonObject *a, JsonObject *r, gchar **err)
{
	(void)a; (void)r; (void)err;
	do_quit();
	return TRUE;
}

static const struct { const char *name; cmd_fn fn; } commands[] = {
	{ "quit", cmd_quit }, { "state", cmd_state },
	{ "connect", cmd_connect }, { "disconnect", cmd_disconnect },
	{ "set_status", cmd_set_status }, { "set_idle", cmd_set_idle },
	{ "list_buddies", cmd_list_buddies }, { "add_buddy", cmd_add_buddy },
	{ "remove_buddy", cmd_remove_buddy }, { "alias_buddy", cmd_alias_buddy },
	{ "move_buddy", cmd_move_buddy }, { "rename_group", cmd_rename_group },
	{ "remove_group", cmd_remove_group },
	{ "send_im", cmd_send_im }, { "typing", cmd_typing }, { "close_im", cmd_close_im },
	{ "block", cmd_block }, { "unblock", cmd_unblock }, { "get_info", cmd_get_info },
	{ "action", cmd_action }, { "set_option", cmd_set_option },
	{ "set_access_level", cmd_set_access_level }, { "access_level", cmd_access_level },
};

void run_line(const char *line)
{
	GError *e = NULL;
	JsonParser *p = json_parser_new();
	JsonObject *a, *rep, *res;
	const char *cmd;
	gchar *err = NULL;
	gboolean ok = FALSE;
	guint i;

	if (!json_parser_load_from_data(p, line, -1, &e) ||
	    !json_parser_get_root(p) || !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(p))) {
		rep = ev_new("reply");
		o_bool(rep, "ok", FALSE);
		o_str(rep, "error", e ? e->message : "not a JSON object");
		ev_emit(rep);
		if (e)
			g_error_free(e);
		g_object_unref(p);
		return;
	}
	a = json_object_ref(json_node_get_object(json_parser_get_root(p)));
	cmd = j_str(a, "cmd");
	res = json_object_new();
	for (i = 0; i < G_N_ELEMENTS(commands); i++)
		if (purple_strequal(commands[i].name, cmd)) {
			ok = commands[i].fn(a, res, &err);
			break;
		}
	if (i == G_N_ELEMENTS(commands))
		err = g_strdup_printf("unknown command '%s'", cmd ? cmd : "");
	rep = ev_new("reply");
	o_str(rep, "cmd", cmd);
	if (json_object_has_member(a, "id"))
		json_object_set_member(rep, "id", json_node_copy(json_object_get_member(a, "id")));
	o_bool(rep, "ok", ok);
	if (err)
		o_str(rep, "error", err);
	json_object_set_object_member(rep, "result", res);
	ev_emit(rep);
	g_free(err);
	json_object_unref(a);
	g_object_unref(p);
}
