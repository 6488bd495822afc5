/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/push_client.c - pushes what lines of its standard input say, and tells how it stands as JSON */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_out.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "session/push/pusher.h"

/*
 * push_client FETCHER [name=value ...]: url= auth=basic|bearer user= secret= header= tenant= ca= cert= key= state=
 * instance= job= queue= (bytes) drain= (milliseconds) wait= (milliseconds of the end) once=1
 *
 * Lines: `at MILLISECONDS` begins a snapshot; `NAME VALUE [label=value ...]` a sample of it; `push` or `apart` hands it
 * over; `figures` prints; the end of the input, or `end`, stops the pusher and prints what that came to.
 */
static struct push_setup setup = {
    .instance = "node1",
    .job = "aico2",
    .queue_bytes_max = UINT64_C(64) << 20,
    .drain_ms = 1500,
};
static int64_t wait_ms = 4000;
static struct pusher *pusher;
static struct metrics metrics;

static bool set_text(const char *name, const char *value)
{
    const struct {
        const char *name;
        char *field;
        size_t size;
    } texts[] = {
        { "url", setup.access.url, sizeof(setup.access.url) },
        { "user", setup.access.user, sizeof(setup.access.user) },
        { "secret", setup.access.secret_file, sizeof(setup.access.secret_file) },
        { "header", setup.access.header_file, sizeof(setup.access.header_file) },
        { "tenant", setup.access.tenant, sizeof(setup.access.tenant) },
        { "ca", setup.access.ca_file, sizeof(setup.access.ca_file) },
        { "cert", setup.access.cert_file, sizeof(setup.access.cert_file) },
        { "key", setup.access.key_file, sizeof(setup.access.key_file) },
        { "state", setup.state_dir, sizeof(setup.state_dir) },
        { "instance", setup.instance, sizeof(setup.instance) },
        { "job", setup.job, sizeof(setup.job) },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        if (strcmp(name, texts[i].name) == 0)
            return snprintf(texts[i].field, texts[i].size, "%s", value) < (int)texts[i].size;
    }
    return false;
}

static bool set(const char *name, const char *value)
{
    int64_t number;

    if (strcmp(name, "auth") == 0)
        setup.access.auth = strcmp(value, "basic") == 0 ? REMOTE_AUTH_BASIC : REMOTE_AUTH_BEARER;
    else if (strcmp(name, "once") == 0)
        setup.mode = PUSH_ONCE;
    else if (strcmp(name, "queue") == 0 && number_parse_i64(value, &number))
        setup.queue_bytes_max = (uint64_t)number;
    else if (strcmp(name, "drain") == 0 && number_parse_i64(value, &number))
        setup.drain_ms = number;
    else if (strcmp(name, "wait") == 0 && number_parse_i64(value, &wait_ms))
        return true;
    else
        return set_text(name, value);
    return true;
}

static void print_figures(int status, const char *message)
{
    static const char *const outcomes[] = { "idle", "well", "retrying", "held", "refused" };
    struct pusher_figures figures;
    struct strbuf text = { 0 };
    struct json_out json;

    pusher_figures(pusher, &figures);
    json_out_init(&json, &text);
    json_object_begin(&json, NULL);
    json_int(&json, "status", status);
    json_string(&json, "message", message);
    json_int(&json, "pid", pusher_pid(pusher));
    json_int(&json, "sent", (int64_t)figures.sent_samples);
    json_int(&json, "dropped", (int64_t)figures.dropped_samples);
    json_int(&json, "failed", (int64_t)figures.failed_samples);
    json_int(&json, "retries", (int64_t)figures.retries);
    json_int(&json, "restarts", (int64_t)figures.restarts);
    json_int(&json, "requests", (int64_t)figures.state.requests);
    json_int(&json, "queue_bytes", (int64_t)figures.state.queue_bytes);
    json_int(&json, "damaged", (int64_t)figures.state.damaged_files);
    json_int(&json, "stored", (int64_t)figures.state.stored);
    json_string(&json, "storage", figures.state.storage == PUSH_ON_DISK ? "disk" : "memory");
    json_string(&json, "outcome", outcomes[figures.state.outcome]);
    json_string(&json, "server", figures.state.server);
    json_string(&json, "queue", figures.state.queue);
    json_object_end(&json);
    for (const char *at = strbuf_text(&text); *at != '\0'; at++) {
        if (*at != '\n') /* one line */
            (void)putchar(*at);
    }
    (void)putchar('\n');
    (void)fflush(stdout);
    strbuf_deinit(&text);
}

static void add_sample(char *line)
{
    struct metric_label labels[PUSH_LABELS_OF_SAMPLE_MAX];
    static char names[1 << 20]; /* constants, as far as a snapshot is concerned */
    static size_t used;
    size_t count = 0;
    char *name = strsep(&line, " ");
    const char *text = strsep(&line, " ");
    double value = NAN;

    if (used > sizeof(names) / 2)
        used = 0;
    if (text == NULL || (!number_parse_double(text, &value) && strcmp(text, "inf") != 0))
        exit(98);
    if (strcmp(text, "inf") == 0)
        value = INFINITY;
    used += (size_t)snprintf(names + used, 256, "%s", name) + 1;
    metrics_family(&metrics, METRIC_GAUGE, names + used - strlen(name) - 1, "", "Test.");
    while (line != NULL && count < ARRAY_LENGTH(labels)) {
        char *label = strsep(&line, " ");
        const char *label_name = strsep(&label, "=");

        used += (size_t)snprintf(names + used, 256, "%s", label_name) + 1;
        labels[count++] = (struct metric_label){
            .name = names + used - strlen(label_name) - 1,
            .value = label != NULL ? label : "",
        };
    }
    metrics_sample(&metrics, value, labels, count);
}

/* Return: false at the end. */
static bool take_line(char *line)
{
    if (strcmp(line, "end") == 0)
        return false;
    if (strncmp(line, "at ", 3) == 0) {
        metrics_clear(&metrics);
        if (!number_parse_i64(line + 3, &metrics.wall_ns))
            exit(98);
        metrics.wall_ns *= 1000000;
    } else if (strcmp(line, "push") == 0 || strcmp(line, "apart") == 0) {
        (void)pusher_push(pusher, &metrics, line[0] == 'a' ? PUSH_APART : PUSH_SNAPSHOT);
    } else if (strcmp(line, "figures") == 0) {
        print_figures(0, "");
    } else if (line[0] != '\0') {
        add_sample(line);
    }
    return true;
}

/* Return: false at the end of the input. */
static bool take_input(struct strbuf *in)
{
    char bytes[65536];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));
    char *at;

    if (got <= 0)
        return false;
    strbuf_add_bytes(in, bytes, (size_t)got);
    at = in->text;
    for (char *end = strchr(at, '\n'); end != NULL; end = strchr(at, '\n')) {
        *end = '\0';
        if (!take_line(at))
            return false;
        at = end + 1;
    }
    in->length -= (size_t)(at - in->text);
    memmove(in->text, at, in->length + 1);
    return true;
}

static void write_log(void *payload, enum log_level level, const char *line)
{
    (void)payload;
    (void)fprintf(stderr, "%d %s\n", (int)level, line);
}

int main(int argc, char **argv)
{
    const struct log log = { .write = write_log };
    struct aico2_error err = { 0 };
    struct strbuf in = { 0 };
    bool goes_on = true;
    int r;

    for (int i = 2; i < argc; i++) {
        char *value = strchr(argv[i], '=');

        if (value == NULL)
            return 99;
        *value++ = '\0';
        if (!set(argv[i], value))
            return 99;
    }
    if (argc < 2 || pusher_start(&pusher, argv[1], &setup, &log, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 99;
    }
    while (goes_on) {
        struct pollfd fds[3];
        int count = pusher_poll_fds(pusher, fds);

        fds[count] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
        (void)poll(fds, (nfds_t)count + 1, 100);
        if (fds[count].revents != 0)
            goes_on = take_input(&in);
        pusher_turn(pusher);
    }
    r = pusher_stop(pusher, wait_ms, &err);
    print_figures(r, r < 0 ? err.message : "");
    pusher_free(pusher);
    metrics_deinit(&metrics);
    strbuf_deinit(&in);
    return 0;
}
