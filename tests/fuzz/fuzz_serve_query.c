/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_serve_query.c - any path with any query, of a server with a run in its history
 *
 * The first byte is what who asks may do. "PATH?name=value&name=value" follows, without escapes: the library has
 * undone them. The answer is JSON, and never that something is wrong with us.
 */
#include <jansson.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/test_history.h"
#include "server/api.h"
#include "server/place_files.h"
#include "server/scope.h"
#include "server/settings.h"

enum { ARGUMENTS_MAX = 16, SAMPLES = 40 };

static struct {
    char *names[ARGUMENTS_MAX];
    char *values[ARGUMENTS_MAX]; /* NULL: without '=' */
    size_t count;
} query;

static struct place place;
static struct settings settings;
static struct place_file place_file = { .place = { .place = "FR" } };

/* In place of the library's, of which there is no connection here. */
const char *MHD_lookup_connection_value(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                        const char *key)
{
    (void)connection;
    for (size_t i = 0; kind == MHD_GET_ARGUMENT_KIND && i < query.count; i++) {
        if (strcasecmp(query.names[i], key) == 0)
            return query.values[i];
    }
    return NULL;
}

static void remove_place(void)
{
    free(place_file.path);
    place_remove(&place);
}

static void make_history(void)
{
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct aico2_error err = { 0 };

    for (int number = 1; number <= 2; number++) {
        struct run run = run_numbered(number);
        double joules = 0;

        begin(history, &run);
        for (int i = 1; i <= SAMPLES; i++) {
            joules += i;
            if (append_one(history, &run, EPOCH_NS + i * SECOND_NS, i, joules, &err) < 0)
                abort();
        }
        run.state = RUN_FINISHED;
        if (history_run_end(history, &run, joules, NAN, &err) < 0)
            abort();
    }
    history_close(history);
}

/* No file of this machine's user has a say. */
static void make_place(void)
{
    char path[128];

    place = place_new();
    (void)atexit(remove_place);
    make_history();
    tree_write(place.fd, "fr.csv",
               "time,gco2e_per_kwh\n2026-01-01T00:00:00Z,40\n2026-01-01T01:00:00Z,60\n");
    (void)snprintf(path, sizeof(path), "%s/fr.csv", place.directory);
    place_file.path = strdup(path);
    if (place_file.path == NULL || setenv("XDG_CONFIG_HOME", place.directory, 1) < 0)
        abort();
    (void)snprintf(settings.db_path, sizeof(settings.db_path), "%s", place.path);
    settings.place_files = (struct place_files){ .items = &place_file, .count = 1 };
}

static void split(char *text)
{
    query.count = 0;
    for (char *word; query.count < ARGUMENTS_MAX && (word = strsep(&text, "&")) != NULL;) {
        char *value = strchr(word, '=');

        if (value != NULL)
            *value++ = '\0';
        query.names[query.count] = word;
        query.values[query.count++] = value;
    }
}

/* What asks nobody but the history and the tables. */
static bool is_asked(const struct route *route)
{
    static api_work *const works[] = { api_runs,      api_run,    api_samples,       api_compare,
                                       api_intensity, api_series, api_runs_or_import };

    for (size_t i = 0; i < ARRAY_LENGTH(works); i++) {
        if (route->work == works[i])
            return true;
    }
    return false;
}

static void check(const struct made *made)
{
    json_t *answer = json_loadb(strbuf_text(&made->body), made->body.length, 0, NULL);

    if (made->body.failed)
        return;
    if (answer == NULL || made->status >= 500 ||
        (made->status >= 400) != (json_object_get(answer, "detail") != NULL))
        abort();
    json_decref(answer);
}

static void ask(const char *path, unsigned scopes)
{
    struct request request = {
        .url = path,
        .header = { .method = "GET" },
        .scopes = scopes & (SCOPE_READ | SCOPE_WRITE | SCOPE_RAW),
        .route = route_find(path, false),
    };

    if (request.route == NULL || !is_asked(request.route))
        return;
    request.route->work(&request, &settings);
    check(&request.made);
    strbuf_deinit(&request.made.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;
    char *rest;

    if (size == 0)
        return 0;
    if (place.path[0] == '\0')
        make_place();
    text = strndup((const char *)data + 1, size - 1);
    if (text == NULL)
        return 0;
    rest = text;
    (void)strsep(&rest, "?");
    split(rest);
    ask(text, data[0]);
    free(text);
    return 0;
}
