/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What Pidgin would show, as events.
 */
#include "driver.h"

gchar *cert_policy;
gchar *last_error_text;
int last_error_reason = -1;
gboolean quitting;

/*
 * Dialogs.  Those of libpurple that offer buttons are told as events; the one
 * about a certificate is answered by cert_policy, from the loop, because the
 * caller isn't done when it asks.
 */
struct question {
	guint id;
	GCallback accept, reject;
	gpointer user_data;
};
static GHashTable *questions;
static guint next_question = 1;

static gboolean question_answer(gpointer id)
{
	struct question *q = g_hash_table_lookup(questions, id);
	if (q) {
		GCallback cb = purple_strequal(cert_policy, "reject") ? q->reject : q->accept;
		if (cb)
			((PurpleRequestActionCb)cb)(q->user_data, 0);
		purple_request_close(PURPLE_REQUEST_ACTION, id);
	}
	return FALSE;
}

static void *rq_action_icon(const char *title, const char *primary, const char *secondary,
			    int dflt, PurpleAccount *acc, const char *who,
			    PurpleConversation *conv, gconstpointer icon, gsize icon_size,
			    void *user_data, size_t count, va_list actions)
{
	struct question *q = g_new0(struct question, 1);
	JsonObject *o = ev_new("request_action");
	gboolean certificate = title && strstr(title, "SSL Certificate");
	size_t i;
	(void)dflt; (void)acc; (void)conv; (void)icon; (void)icon_size;
	q->id = next_question++;
	q->user_data = user_data;
	for (i = 0; i < count; i++) {
		const char *label = va_arg(actions, const char *);
		GCallback cb = va_arg(actions, GCallback);
		(void)label;
		if (i == 0)
			q->accept = cb;
		q->reject = cb;         /* the last one */
	}
	g_hash_table_insert(questions, GUINT_TO_POINTER(q->id), q);
	o_str(o, "title", title);
	o_str(o, "primary", primary);
	o_str(o, "secondary", secondary);
	o_str(o, "who", who);
	o_bool(o, "certificate", certificate);
	ev_emit(o);
	if (certificate)
		g_idle_add(question_answer, GUINT_TO_POINTER(q->id));
	return GUINT_TO_POINTER(q->id);
}

static void *rq_action(const char *title, const char *primary, const char *secondary,
		       int dflt, PurpleAccount *acc, const char *who,
		       PurpleConversation *conv, void *user_data,
		       size_t count, va_list actions)
{
	return rq_action_icon(title, primary, secondary, dflt, acc, who, conv, NULL, 0,
			      user_data, count, actions);
}

static void rq_close(PurpleRequestType type, void *ui_handle)
{
	(void)type;
	g_hash_table_remove(questions, ui_handle);
}

static PurpleRequestUiOps request_ops = {
	NULL, NULL, rq_action, NULL, NULL, rq_close, NULL, rq_action_icon, NULL, NULL, NULL
};

static void *nt_message(PurpleNotifyMsgType type, const char *title,
			const char *primary, const char *secondary)
{
	static const char *const n[] = { "error", "warning", "info" };
	JsonObject *o = ev_new("notify_message");
	o_str(o, "type", type <= PURPLE_NOTIFY_MSG_INFO ? n[type] : "?");
	o_str(o, "title", title);
	o_str(o, "primary", primary);
	o_str(o, "secondary", secondary);
	ev_emit(o);
	return NULL;
}

static void *nt_formatted(const char *title, const char *primary,
			  const char *secondary, const char *text)
{
	JsonObject *o = ev_new("notify_formatted");
	o_str(o, "title", title);
	o_str(o, "primary", primary);
	o_str(o, "secondary", secondary);
	set_html(o, text);
	ev_emit(o);
	return NULL;
}

static JsonArray *userinfo_entries(PurpleNotifyUserInfo *ui)
{
	JsonArray *a = json_array_new();
	GList *l;
	for (l = purple_notify_user_info_get_entries(ui); l; l = l->next) {
		PurpleNotifyUserInfoEntry *e = l->data;
		JsonObject *o = json_object_new();
		switch (purple_notify_user_info_entry_get_type(e)) {
		case PURPLE_NOTIFY_USER_INFO_ENTRY_SECTION_BREAK:
			o_str(o, "type", "break");
			break;
		case PURPLE_NOTIFY_USER_INFO_ENTRY_SECTION_HEADER:
			o_str(o, "type", "header");
			break;
		default:
			o_str(o, "type", "pair");
			break;
		}
		o_str(o, "label", purple_notify_user_info_entry_get_label(e));
		set_html(o, purple_notify_user_info_entry_get_value(e));
		json_array_add_object_element(a, o);
	}
	return a;
}

static void *nt_userinfo(PurpleConnection *gc, const char *who, PurpleNotifyUserInfo *ui)
{
	JsonObject *o = ev_new("user_info");
	(void)gc;
	o_str(o, "who", who);
	json_object_set_array_member(o, "entries", userinfo_entries(ui));
	ev_emit(o);
	return NULL;
}

static void *nt_uri(const char *uri)
{
	JsonObject *o = ev_new("notify_uri");
	o_str(o, "uri", uri);
	ev_emit(o);
	return NULL;
}

static PurpleNotifyUiOps notify_ops = {
	nt_message, NULL, NULL, nt_formatted, NULL, NULL, nt_userinfo, nt_uri, NULL,
	NULL, NULL, NULL, NULL
};

const char *reason_name(int r)
{
	static const char *const n[] = {
		"network_error", "invalid_username", "authentication_failed",
		"authentication_impossible", "no_ssl_support", "encryption_error",
		"name_in_use", "invalid_settings", "cert_not_provided",
		"cert_untrusted", "cert_expired", "cert_not_activated",
		"cert_hostname_mismatch", "cert_fingerprint_mismatch",
		"cert_self_signed", "cert_other_error", "other_error"
	};
	return (r >= 0 && r < (int)G_N_ELEMENTS(n)) ? n[r] : NULL;
}

static void cn_progress(PurpleConnection *gc, const char *text, size_t step, size_t count)
{
	JsonObject *o = ev_new("connect_progress");
	(void)gc;
	o_str(o, "text", text);
	o_int(o, "step", step);
	o_int(o, "steps", count);
	ev_emit(o);
}

static void cn_report(PurpleConnection *gc, PurpleConnectionError reason, const char *text)
{
	JsonObject *o = ev_new("connection_error");
	(void)gc;
	g_free(last_error_text);
	last_error_text = g_strdup(text);
	last_error_reason = reason;
	o_str(o, "reason", reason_name(reason));
	o_str(o, "text", text);
	o_bool(o, "fatal", purple_connection_error_is_fatal(reason));
	ev_emit(o);
}

static void cn_notice(PurpleConnection *gc, const char *text)
{
	JsonObject *o = ev_new("connection_notice");
	(void)gc;
	o_str(o, "text", text);
	ev_emit(o);
}

static PurpleConnectionUiOps conn_ops = {
	cn_progress, NULL, NULL, cn_notice, NULL, NULL, NULL, cn_report, NULL, NULL, NULL
};

static void sig_signed_on(PurpleConnection *gc, gpointer d)
{
	JsonObject *o = ev_new("connected");
	(void)d;
	o_str(o, "user", purple_account_get_username(purple_connection_get_account(gc)));
	o_str(o, "display_name", purple_connection_get_display_name(gc));
	ev_emit(o);
}

static gboolean quit_later(gpointer d)
{
	(void)d;
	g_main_loop_quit(loop);
	return FALSE;
}

static void sig_signed_off(PurpleConnection *gc, gpointer d)
{
	JsonObject *o = ev_new("disconnected");
	(void)gc; (void)d;
	o_str(o, "reason", reason_name(last_error_reason));
	o_str(o, "text", last_error_text);
	ev_emit(o);
	if (quitting)
		g_timeout_add(50, quit_later, NULL);
}

static void ac_notify_added(PurpleAccount *a, const char *who, const char *id,
			    const char *alias, const char *msg)
{
	JsonObject *o = ev_new("buddy_added_you");
	(void)a; (void)id;
	o_str(o, "who", who);
	o_str(o, "alias", alias);
	o_str(o, "message", msg);
	o_bool(o, "on_list", TRUE);
	ev_emit(o);
}

static void ac_request_add(PurpleAccount *a, const char *who, const char *id,
			   const char *alias, const char *msg)
{
	JsonObject *o = ev_new("buddy_added_you");
	(void)a; (void)id;
	o_str(o, "who", who);
	o_str(o, "alias", alias);
	o_str(o, "message", msg);
	o_bool(o, "on_list", FALSE);
	ev_emit(o);
}

void put_note(JsonObject *o, PurpleStatus *s)
{
	const char *h = purple_status_get_attr_string(s, "message");
	gchar *t = html_to_text(h);
	o_str(o, "note", t);
	o_str(o, "note_html", h);
	g_free(t);
}

static void ac_status_changed(PurpleAccount *a, PurpleStatus *s)
{
	JsonObject *o = ev_new("own_status");
	(void)a;
	o_str(o, "status", purple_status_get_id(s));
	put_note(o, s);
	ev_emit(o);
}

static PurpleAccountUiOps account_ops = {
	ac_notify_added, ac_status_changed, ac_request_add, NULL, NULL, NULL, NULL, NULL, NULL
};

PurpleConnection *gc_now(void)
{
	PurpleConnection *gc = account ? purple_account_get_connection(account) : NULL;
	if (!gc || !PURPLE_CONNECTION_IS_CONNECTED(gc))
		return NULL;
	return gc;
}

PurplePluginProtocolInfo *prpl_info(void)
{
	PurplePlugin *p = purple_find_prpl("prpl-sipe");
	return p ? PURPLE_PLUGIN_PROTOCOL_INFO(p) : NULL;
}

static void node_settings_cb(gpointer k, gpointer v, gpointer data)
{
	PurpleValue *val = v;
	JsonObject *o = data;
	switch (purple_value_get_type(val)) {
	case PURPLE_TYPE_STRING:
		o_str(o, k, purple_value_get_string(val));
		break;
	case PURPLE_TYPE_INT:
		o_int(o, k, purple_value_get_int(val));
		break;
	case PURPLE_TYPE_BOOLEAN:
		o_bool(o, k, purple_value_get_boolean(val));
		break;
	default:
		break;
	}
}

JsonObject *buddy_snapshot(PurpleBuddy *b, gboolean full)
{
	JsonObject *o = json_object_new();
	PurplePresence *p = purple_buddy_get_presence(b);
	PurpleStatus *st = p ? purple_presence_get_active_status(p) : NULL;
	PurpleGroup *g = purple_buddy_get_group(b);
	o_str(o, "name", purple_buddy_get_name(b));
	o_str(o, "alias", purple_buddy_get_alias(b));
	o_str(o, "local_alias", purple_buddy_get_local_buddy_alias(b));
	o_str(o, "server_alias", purple_buddy_get_server_alias(b));
	o_str(o, "group", g ? purple_group_get_name(g) : NULL);
	if (st) {
		PurpleStatusType *ty = purple_status_get_type(st);
		o_str(o, "status", purple_status_get_id(st));
		o_str(o, "status_name", purple_status_get_name(st));
		o_str(o, "primitive", purple_primitive_get_id_from_type(purple_status_type_get_primitive(ty)));
		o_str(o, "message", purple_status_get_attr_string(st, "message"));
		{
			const char *m = purple_status_get_attr_string(st, "message");
			gchar *t = html_to_text(m);
			o_str(o, "message_text", t);
			g_free(t);
		}
	}
	if (p) {
		o_bool(o, "online", purple_presence_is_online(p));
		o_bool(o, "idle", purple_presence_is_idle(p));
		o_int(o, "idle_since", purple_presence_get_idle_time(p));
	}
	{
		/* "blocked" is what Pidgin would show; "denied" is the bare deny list,
		 * which SIPE fills from access level Blocked in any privacy mode */
		GSList *l;
		gboolean denied = FALSE;
		for (l = account->deny; l && !denied; l = l->next)
			denied = !g_ascii_strcasecmp(l->data, purple_buddy_get_name(b));
		o_bool(o, "blocked", !purple_privacy_check(account, purple_buddy_get_name(b)));
		o_bool(o, "denied", denied);
	}
	if (full) {
		JsonObject *s = json_object_new();
		PurplePluginProtocolInfo *pi = prpl_info();
		GHashTable *ht = ((PurpleBlistNode *)b)->settings;
		if (ht)
			g_hash_table_foreach(ht, node_settings_cb, s);
		json_object_set_object_member(o, "settings", s);
		if (pi && gc_now()) {
			if (pi->status_text) {
				char *t = pi->status_text(b);
				o_str(o, "status_text", t);
				g_free(t);
			}
			if (pi->tooltip_text) {
				PurpleNotifyUserInfo *ui = purple_notify_user_info_new();
				pi->tooltip_text(b, ui, TRUE);
				json_object_set_array_member(o, "tooltip", userinfo_entries(ui));
				purple_notify_user_info_destroy(ui);
			}
		}
	}
	return o;
}

static void emit_buddy(const char *ev, PurpleBuddy *b, const char *why)
{
	JsonObject *o = buddy_snapshot(b, FALSE);
	json_object_set_string_member(o, "event", ev);
	o_str(o, "why", why);
	ev_emit(o);
}

static void sig_buddy_status(PurpleBuddy *b, PurpleStatus *old, PurpleStatus *now, gpointer d)
{
	(void)old; (void)now; (void)d;
	emit_buddy("buddy_status", b, "status");
}

static void sig_buddy_idle(PurpleBuddy *b, gboolean old, gboolean now, gpointer d)
{
	(void)d;
	if (old != now)
		emit_buddy("buddy_status", b, "idle");
}

/* libpurple has signed-on/-off instead of, not besides, status-changed */
static void sig_buddy_on(PurpleBuddy *b, gpointer d)
{
	(void)d;
	emit_buddy("buddy_signed_on", b, NULL);
	emit_buddy("buddy_status", b, "signed_on");
}

static void sig_buddy_off(PurpleBuddy *b, gpointer d)
{
	(void)d;
	emit_buddy("buddy_signed_off", b, NULL);
	emit_buddy("buddy_status", b, "signed_off");
}

static void sig_buddy_added(PurpleBuddy *b, gpointer d) { (void)d; emit_buddy("buddy_added", b, NULL); }

static void sig_buddy_removed(PurpleBuddy *b, gpointer d) { (void)d; emit_buddy("buddy_removed", b, NULL); }

static void sig_node_aliased(PurpleBlistNode *n, const char *old, gpointer d)
{
	(void)d;
	if (PURPLE_BLIST_NODE_IS_BUDDY(n)) {
		JsonObject *o = buddy_snapshot((PurpleBuddy *)n, FALSE);
		json_object_set_string_member(o, "event", "buddy_alias");
		o_str(o, "old_alias", old);
		ev_emit(o);
	}
}

/* libpurple has no signal for a renamed group; compare names on every update */
static GHashTable *group_names;

static void bl_update(PurpleBuddyList *list, PurpleBlistNode *node)
{
	const char *now, *old;
	(void)list;
	if (!node || !PURPLE_BLIST_NODE_IS_GROUP(node))
		return;
	if (!group_names)
		group_names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	now = purple_group_get_name((PurpleGroup *)node);
	old = g_hash_table_lookup(group_names, node);
	if (old && !purple_strequal(old, now)) {
		JsonObject *o = ev_new("group_renamed");
		o_str(o, "group", now);
		o_str(o, "old", old);
		ev_emit(o);
	}
	g_hash_table_replace(group_names, node, g_strdup(now));
}

static void sig_node_added(PurpleBlistNode *n, gpointer d)
{
	(void)d;
	if (PURPLE_BLIST_NODE_IS_GROUP(n)) {
		bl_update(NULL, n);
		JsonObject *o = ev_new("group_added");
		o_str(o, "group", purple_group_get_name((PurpleGroup *)n));
		ev_emit(o);
	}
}

static void sig_node_removed(PurpleBlistNode *n, gpointer d)
{
	(void)d;
	if (PURPLE_BLIST_NODE_IS_GROUP(n)) {
		if (group_names)
			g_hash_table_remove(group_names, n);
		JsonObject *o = ev_new("group_removed");
		o_str(o, "group", purple_group_get_name((PurpleGroup *)n));
		ev_emit(o);
	}
}

static PurpleBlistUiOps blist_ops = {
	NULL, NULL, NULL, bl_update, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
};

/* received and sent messages come from signals; this shows errors and notices */
static void cv_write(PurpleConversation *c, const char *name, const char *alias,
		     const char *message, PurpleMessageFlags flags, time_t mtime)
{
	JsonObject *o;
	(void)name; (void)alias; (void)mtime;
	if (!(flags & (PURPLE_MESSAGE_ERROR | PURPLE_MESSAGE_SYSTEM)))
		return;
	o = ev_new(flags & PURPLE_MESSAGE_ERROR ? "im_error" : "im_system");
	o_str(o, "who", purple_conversation_get_name(c));
	set_html(o, message);
	ev_emit(o);
}

static PurpleConversationUiOps conv_ops = {
	NULL, NULL, NULL, NULL, cv_write, NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
};

static void sig_im_recv(PurpleAccount *a, char *sender, char *msg,
			PurpleConversation *c, PurpleMessageFlags flags, gpointer d)
{
	JsonObject *o = ev_new("im_received");
	(void)a; (void)c; (void)d;
	o_str(o, "from", sender);
	set_html(o, msg);
	o_int(o, "flags", flags);
	ev_emit(o);
}

static void sig_im_sent(PurpleAccount *a, const char *to, const char *msg, gpointer d)
{
	JsonObject *o = ev_new("im_sent");
	(void)a; (void)d;
	o_str(o, "to", to);
	set_html(o, msg);
	ev_emit(o);
}

static void sig_typing(PurpleAccount *a, const char *name, gpointer d)
{
	JsonObject *o = ev_new("typing");
	(void)a;
	o_str(o, "from", name);
	o_str(o, "state", d);
	ev_emit(o);
}

void ui_init(void)
{
	questions = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	purple_connections_set_ui_ops(&conn_ops);
	purple_conversations_set_ui_ops(&conv_ops);
	purple_notify_set_ui_ops(&notify_ops);
	purple_request_set_ui_ops(&request_ops);
	purple_accounts_set_ui_ops(&account_ops);
	purple_blist_set_ui_ops(&blist_ops);
	platform_ui_init();
}

#define SIG(inst, name, fn, data) \
	purple_signal_connect((inst), (name), &handle, PURPLE_CALLBACK(fn), (gpointer)(data))

void ui_connect_signals(void)
{
	static int handle;
	void *conn = purple_connections_get_handle();
	void *bl = purple_blist_get_handle();
	void *cv = purple_conversations_get_handle();

	SIG(conn, "signed-on", sig_signed_on, NULL);
	SIG(conn, "signed-off", sig_signed_off, NULL);

	SIG(bl, "buddy-status-changed", sig_buddy_status, NULL);
	SIG(bl, "buddy-idle-changed", sig_buddy_idle, NULL);
	SIG(bl, "buddy-signed-on", sig_buddy_on, NULL);
	SIG(bl, "buddy-signed-off", sig_buddy_off, NULL);
	SIG(bl, "buddy-added", sig_buddy_added, NULL);
	SIG(bl, "buddy-removed", sig_buddy_removed, NULL);
	SIG(bl, "blist-node-aliased", sig_node_aliased, NULL);
	SIG(bl, "blist-node-added", sig_node_added, NULL);
	SIG(bl, "blist-node-removed", sig_node_removed, NULL);

	SIG(cv, "received-im-msg", sig_im_recv, NULL);
	SIG(cv, "sent-im-msg", sig_im_sent, NULL);
	SIG(cv, "buddy-typing", sig_typing, "typing");
	SIG(cv, "buddy-typed", sig_typing, "typed");
	SIG(cv, "buddy-typing-stopped", sig_typing, "stopped");
}
