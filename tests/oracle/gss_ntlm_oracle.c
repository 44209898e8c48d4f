/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A second opinion on NTLM: drives gss-ntlmssp in its datagram form, as initiator or as acceptor.
 *
 * The plug-in is loaded directly and not through MIT's mechanism glue, because the glue takes the empty first
 * token of a connectionless acceptor for SPNEGO. Commands come as lines on stdin, their words parted by tabs and
 * every word in hexadecimal after the first; each is answered by one line: a hexadecimal result, "ok", or
 * "refused ...".
 *
 *   initiate CHALLENGE DOMAIN USER PASSWORD [TARGET]   AUTHENTICATE; TARGET is a host-based name, sip@host
 *   initiate-mic ...                                   the same with a MIC, if the challenge has a timestamp
 *   bind DATA                                          "ok"; what both sides are bound to from now on, such as
 *                                                      tls-server-end-point: and the hash of a certificate
 *   challenge                                          CHALLENGE; credentials stand in $NTLM_USER_FILE
 *   authenticate AUTHENTICATE                          "ok"
 *   sign TEXT                                          the signature with sequence number 100
 *   verify TEXT SIGNATURE                              "ok"
 *
 * Build: cc -Wall -Werror gss_ntlm_oracle.c -ldl      Packages: gss-ntlmssp, libkrb5-dev, gcc
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATAGRAM_FLAG 0x10000
#define MAX_WORDS 6
#define MAX_LINE 65536

static gss_OID_desc ntlmssp = {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};
static gss_OID_desc set_seq_num = {11, "\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x01"};
static gss_OID_desc require_mic = {11, "\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x02"};
/* 1.2.840.113554.1.2.1.1 and .4, which libgssapi would provide. */
static gss_OID_desc user_name = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x01"};
static gss_OID_desc service_name = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04"};

static void *plugin;
static gss_ctx_id_t context = GSS_C_NO_CONTEXT;
static struct gss_channel_bindings_struct binding;
static gss_channel_bindings_t bound = GSS_C_NO_CHANNEL_BINDINGS;

static void *symbol(const char *name)
{
    void *found = dlsym(plugin, name);
    if (!found) {
        fprintf(stderr, "gssntlmssp.so has no %s\n", name);
        exit(2);
    }
    return found;
}

/* Declares a pointer to the plug-in's function of that name. */
#define LOAD(function) __typeof__(function) *function##_p = symbol(#function)

static void refuse(const char *what, OM_uint32 major, OM_uint32 minor)
{
    printf("refused %s major=%08x minor=%08x\n", what, major, minor);
}

static void print_hex(const gss_buffer_t buffer)
{
    const unsigned char *bytes = buffer->value;
    for (size_t i = 0; i < buffer->length; i++) printf("%02x", bytes[i]);
    printf("\n");
}

/* Decodes a word in place and ends it with a NUL. */
static gss_buffer_desc unhex(char *word)
{
    gss_buffer_desc buffer = {0, word};
    char *to = word;
    for (const char *from = word; from[0] && from[1]; from += 2) {
        unsigned int byte;
        if (sscanf(from, "%2x", &byte) != 1) break;
        *to++ = (char)byte;
    }
    buffer.length = (size_t)(to - word);
    *to = '\0';
    return buffer;
}

/* The connectionless form of [MS-SIPAE] uses the sequence number 100 for every message. */
static OM_uint32 fix_sequence_number(OM_uint32 *minor)
{
    LOAD(gss_set_sec_context_option);
    uint32_t number = 100;
    gss_buffer_desc value = {sizeof number, &number};
    return gss_set_sec_context_option_p(minor, &context, &set_seq_num, &value);
}

static void bind_to(char **word)
{
    gss_buffer_desc data = unhex(word[1]);
    void *kept = malloc(data.length);
    if (!kept) return refuse("memory", 0, 0);
    memcpy(kept, data.value, data.length);
    binding.application_data = (gss_buffer_desc){data.length, kept};
    bound = &binding;
    printf("ok\n");
}

static void initiate(char **word, int count, int with_mic)
{
    LOAD(gss_import_name);
    LOAD(gss_acquire_cred_from);
    LOAD(gss_init_sec_context);
    OM_uint32 major, minor, flags;
    gss_name_t user = GSS_C_NO_NAME, target = GSS_C_NO_NAME;
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc challenge = unhex(word[1]), domain = unhex(word[2]), name = unhex(word[3]),
                    password = unhex(word[4]);

    char full[1024];
    int length = snprintf(full, sizeof full, "%s\\%s", (char *)domain.value, (char *)name.value);
    gss_buffer_desc full_name = {(size_t)length, full};
    major = gss_import_name_p(&minor, &full_name, &user_name, &user);
    if (major) return refuse("user name", major, minor);
    if (count > 5) {
        gss_buffer_desc service = unhex(word[5]);
        major = gss_import_name_p(&minor, &service, &service_name, &target);
        if (major) return refuse("target name", major, minor);
    }
    gss_key_value_element_desc element = {"ntlmssp_password", password.value};
    gss_key_value_set_desc store = {1, &element};
    major = gss_acquire_cred_from_p(&minor, user, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_INITIATE, &store,
                                    &cred, NULL, NULL);
    if (major) return refuse("credentials", major, minor);
    OM_uint32 wanted = DATAGRAM_FLAG | GSS_C_INTEG_FLAG | GSS_C_IDENTIFY_FLAG;
    if (with_mic) {
        /* Who asks before the challenge is there is taken for a SPNEGO that can handle a MIC. */
        LOAD(gss_inquire_sec_context_by_oid);
        gss_buffer_set_t answer = GSS_C_NO_BUFFER_SET;
        major = gss_init_sec_context_p(&minor, cred, &context, target, &ntlmssp, wanted, 0,
                                       bound, GSS_C_NO_BUFFER, NULL, &output, &flags, NULL);
        if (major != GSS_S_CONTINUE_NEEDED) return refuse("start", major, minor);
        major = gss_inquire_sec_context_by_oid_p(&minor, context, &require_mic, &answer);
        if (major) return refuse("MIC", major, minor);
    }
    major = gss_init_sec_context_p(&minor, cred, &context, target, &ntlmssp, wanted, 0, bound, &challenge, NULL,
                                   &output, &flags, NULL);
    if (major) return refuse("challenge", major, minor);
    major = fix_sequence_number(&minor);
    if (major) return refuse("sequence number", major, minor);
    print_hex(&output);
}

static OM_uint32 accept_token(OM_uint32 *minor, gss_buffer_t input, gss_buffer_t output)
{
    LOAD(gss_accept_sec_context);
    return gss_accept_sec_context_p(minor, &context, GSS_C_NO_CREDENTIAL, input, bound, NULL, NULL, output, NULL,
                                    NULL, NULL);
}

static void challenge(void)
{
    gss_buffer_desc none = GSS_C_EMPTY_BUFFER, output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major = accept_token(&minor, &none, &output);
    if (major != GSS_S_CONTINUE_NEEDED) return refuse("start", major, minor);
    print_hex(&output);
}

static void authenticate(char **word)
{
    gss_buffer_desc input = unhex(word[1]), output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major = accept_token(&minor, &input, &output);
    if (major) return refuse("answer", major, minor);
    major = fix_sequence_number(&minor);
    if (major) return refuse("sequence number", major, minor);
    printf("ok\n");
}

static void sign(char **word)
{
    LOAD(gss_get_mic);
    gss_buffer_desc text = unhex(word[1]), output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major = gss_get_mic_p(&minor, context, GSS_C_QOP_DEFAULT, &text, &output);
    if (major) return refuse("signing", major, minor);
    print_hex(&output);
}

static void verify(char **word)
{
    LOAD(gss_verify_mic);
    gss_buffer_desc text = unhex(word[1]), signature = unhex(word[2]);
    if (signature.length != 16) return refuse("signature", 0, 0);
    OM_uint32 minor, major = gss_verify_mic_p(&minor, context, &text, &signature, NULL);
    if (major) return refuse("signature", major, minor);
    printf("ok\n");
}

int main(int argc, char **argv)
{
    static char line[MAX_LINE];
    if (argc != 2) {
        fprintf(stderr, "usage: %s /path/to/gssntlmssp.so\n", argv[0]);
        return 2;
    }
    /* The plug-in compares user names in the locale's encoding. */
    if (!setlocale(LC_ALL, "C.UTF-8")) return 2;
    plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!plugin) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    while (fgets(line, sizeof line, stdin)) {
        char *word[MAX_WORDS] = {0}, *rest = line;
        int count = 0;
        line[strcspn(line, "\r\n")] = '\0';
        while (count < MAX_WORDS && rest) word[count++] = strsep(&rest, "\t");
        if (!strcmp(word[0], "initiate") && count >= 5) initiate(word, count, 0);
        else if (!strcmp(word[0], "initiate-mic") && count >= 5) initiate(word, count, 1);
        else if (!strcmp(word[0], "bind") && count == 2) bind_to(word);
        else if (!strcmp(word[0], "challenge")) challenge();
        else if (!strcmp(word[0], "authenticate") && count == 2) authenticate(word);
        else if (!strcmp(word[0], "sign") && count == 2) sign(word);
        else if (!strcmp(word[0], "verify") && count == 3) verify(word);
        else printf("refused command\n");
        fflush(stdout);
    }
    return 0;
}
