/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_import.c - POST /api/v1/runs: the log of another program, sent as a body, becomes runs of the history */
#include "server/api.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/json_out.h"
#include "server/import_file.h"
#include "server/settings.h"
#include "session/report/build.h"

struct answer {
    struct json_out json;
    bool stored; /* something that was not there */
};

static void add_run(void *payload, const struct import_outcome *outcome, struct report *report)
{
    struct answer *answer = payload;

    json_object_begin(&answer->json, NULL);
    json_string(&answer->json, "id", outcome->run_id);
    json_bool(&answer->json, "already", outcome->already);
    json_object_end(&answer->json);
    answer->stored = answer->stored || !outcome->already;
    if (report != NULL)
        report_deinit(report);
}

/* What a page of another place can only send once it has asked whether it may. */
static bool is_log_type(const struct request *request)
{
    static const char *const types[] = { "text/csv", "text/plain", "application/octet-stream" };
    const char *type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_TYPE);
    size_t length = type == NULL ? 0 : strcspn(type, "; \t");

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        if (strlen(types[i]) == length && strncasecmp(types[i], type, length) == 0)
            return true;
    }
    return false;
}

/* Importers read files: here one of memory. Return: it, or -errno. */
static int body_as_file(const struct strbuf *body, struct aico2_error *err)
{
    int fd = memfd_create("aico2-body", MFD_CLOEXEC);

    if (fd < 0)
        return aico2_error_set_errno(err, errno, "no memory for a body");
    if (fs_write_all(fd, strbuf_text(body), body->length) == 0 && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    (void)close(fd);
    return aico2_error_set(err, -ENOMEM, "out of memory");
}

static int import_body(struct request *request, const struct settings *settings,
                       struct answer *answer, struct aico2_error *err)
{
    const char *name = request_argument(request, "name");
    const char *stage = request_argument(request, "stage");
    struct import_source source = {
        .path = name != NULL && name[0] != '\0' ? name : "upload",
        .stage = stage != NULL && stage[0] != '\0' ? stage : NULL,
    };
    int r = settings->db_path[0] == '\0'
                ? aico2_error_set(err, -ENOENT, "no history is kept here (--no-db)")
                : body_as_file(&request->body, err);

    if (r < 0)
        return r;
    source.fd = r;
    r = import_file(settings, &source, add_run, answer, err);
    (void)close(source.fd);
    return r;
}

static void fail(struct request *request, struct aico2_error *err)
{
    strbuf_deinit(&request->made.body);
    if (err->code == -EEXIST)
        made_problem(request, 409, "%s", err->message);
    else if (import_fault_is_its_own(err->code))
        made_problem(request, 400, "%s", err->message);
    else
        made_failure(request, err);
}

void api_import(struct request *request, const struct settings *settings)
{
    struct answer answer = { .stored = false };
    struct aico2_error err = { 0 };

    if (!is_log_type(request)) {
        made_problem(request, 415, "the body is a log: Content-Type: text/csv, or text/plain");
        return;
    }
    json_out_init(&answer.json, &request->made.body);
    json_object_begin(&answer.json, NULL);
    json_string(&answer.json, "schema", "aico2.import/1");
    json_array_begin(&answer.json, "runs");
    if (import_body(request, settings, &answer, &err) < 0) {
        fail(request, &err);
        return;
    }
    json_array_end(&answer.json);
    json_object_end(&answer.json);
    request->made.status = answer.stored ? 201 : 200;
}

void api_runs_or_import(struct request *request, const struct settings *settings)
{
    if (strcmp(request->header.method, "POST") == 0)
        api_import(request, settings);
    else
        api_runs(request, settings);
}
