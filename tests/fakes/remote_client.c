/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/remote_client.c - asks a fetcher about a time-series server, and prints the frames as JSON */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/json_out.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/time_text.h"
#include "model/remote.h"

/*
 * remote_client FETCHER [name=value ...]: url= auth=basic|bearer user= secret= headers= tenant= ca= cert= key=
 * from= to= (RFC 3339 or seconds) deadline= (milliseconds) instance= match= (again and again) query= step= (ms).
 * Readings are printed as [[ns, value] ...] of each device; quiet=1 counts and adds them up alone.
 */
static struct remote_question question = {
    .magic = REMOTE_MAGIC,
    .version = REMOTE_VERSION,
    .what = REMOTE_WINDOW,
    .deadline_ms = 20000,
};

static bool is_quiet;

/* Of a device. */
struct told {
    struct strbuf readings;
    uint64_t count;
    double sum;
    int64_t last_ns;
};

static struct told *told;
static uint32_t host_count;
static uint32_t device_count;
static size_t told_capacity;

static bool set_text(char *field, size_t size, const char *value)
{
    return snprintf(field, size, "%s", value) < (int)size;
}

static bool set_number(const char *name, const char *value)
{
    if (strcmp(name, "from") == 0)
        return wall_time_parse(value, &question.from_wall_ns);
    if (strcmp(name, "to") == 0)
        return wall_time_parse(value, &question.to_wall_ns);
    if (strcmp(name, "deadline") == 0)
        return number_parse_i64(value, &question.deadline_ms);
    if (strcmp(name, "step") == 0)
        return number_parse_i64(value, &question.step_ms);
    is_quiet = strcmp(name, "quiet") == 0;
    return is_quiet;
}

static bool set(const char *name, const char *value)
{
    struct remote_access *access = &question.access;
    const struct {
        const char *name;
        char *field;
        size_t size;
    } texts[] = {
        { "url", access->url, sizeof(access->url) },
        { "user", access->user, sizeof(access->user) },
        { "secret", access->secret_file, sizeof(access->secret_file) },
        { "headers", access->header_file, sizeof(access->header_file) },
        { "tenant", access->tenant, sizeof(access->tenant) },
        { "ca", access->ca_file, sizeof(access->ca_file) },
        { "cert", access->cert_file, sizeof(access->cert_file) },
        { "key", access->key_file, sizeof(access->key_file) },
        { "instance", question.instance, sizeof(question.instance) },
        { "query", question.query, sizeof(question.query) },
    };

    if (strcmp(name, "auth") == 0) {
        access->auth = strcmp(value, "basic") == 0 ? REMOTE_AUTH_BASIC : REMOTE_AUTH_BEARER;
        return true;
    }
    if (strcmp(name, "match") == 0)
        return set_text(question.matches[question.match_count++], REMOTE_TEXT_SIZE, value);
    if (strcmp(name, "query") == 0)
        question.what = REMOTE_QUERY;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        if (strcmp(name, texts[i].name) == 0)
            return set_text(texts[i].field, texts[i].size, value);
    }
    return set_number(name, value);
}

static size_t read_whole(int fd, void *out, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t got = read(fd, (char *)out + used, size - used);

        if (got <= 0)
            break;
        used += (size_t)got;
    }
    return used;
}

static void print_host(struct json_out *json, const struct remote_host *host)
{
    json_object_begin(json, NULL);
    json_string(json, "instance", host->instance);
    json_string(json, "name", host->name);
    json_string(json, "os_release", host->os_release);
    json_string(json, "arch", host->arch);
    json_string(json, "cpu_model", host->cpu_model);
    json_string(json, "cpu_vendor", host->cpu_vendor);
    json_int(json, "cpu_family", host->cpu_family);
    json_int(json, "cpu_number", host->cpu_number);
    json_int(json, "sockets", host->sockets);
    json_int(json, "threads", host->threads);
    json_int(json, "memory_bytes", (int64_t)host->memory_bytes);
    json_double(json, "boot", host->boot_wall_seconds);
    json_object_end(json);
}

static void print_device(struct json_out *json, const struct remote_device *device)
{
    static const char *const kinds[] = { "power", "counter", "utilization" };

    json_object_begin(json, NULL);
    json_int(json, "host", device->host);
    json_string(json, "form", kinds[device->kind]);
    json_string(json, "kind", device_kind_name(device->device_kind));
    json_int(json, "index", device->index);
    json_string(json, "exporter", device->exporter);
    json_string(json, "metric", device->metric);
    json_string(json, "name", device->name);
    json_string(json, "model", device->model);
    json_string(json, "uuid", device->uuid);
    json_string(json, "passed_over", device->passed_over);
    json_double(json, "limit_watts", device->limit_watts);
    json_double(json, "range_joules", device->range_joules);
    json_double(json, "interval_seconds", device->interval_seconds);
    json_int(json, "memory_bytes", (int64_t)device->memory_bytes);
    json_bool(json, "deltas", device->deltas != 0);
    json_object_end(json);
}

/* Held against what came before, as the reader of frames has to. */
static bool take_readings(const struct remote_reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct told *one;

        if (readings[i].device >= device_count)
            return false;
        one = &told[readings[i].device];
        if (one->count > 0 && readings[i].wall_ns <= one->last_ns)
            return false;
        if (!is_quiet)
            strbuf_printf(&one->readings, "%s[%" PRId64 ",%.17g]", one->count > 0 ? "," : "",
                          readings[i].wall_ns, readings[i].value);
        one->count++;
        one->sum += readings[i].value;
        one->last_ns = readings[i].wall_ns;
    }
    return true;
}

static void print_points(const struct remote_labels *labels)
{
    const struct remote_point *points = (const void *)(labels + 1);
    const char *at = labels->text;
    struct strbuf text = { 0 };
    struct json_out json;

    json_out_init(&json, &text);
    json_object_begin(&json, NULL);
    json_object_begin(&json, "labels");
    while (*at != '\0') {
        const char *value = at + strlen(at) + 1;

        json_string(&json, at, value);
        at = value + strlen(value) + 1;
    }
    json_object_end(&json);
    json_array_begin(&json, "points");
    for (uint32_t i = 0; i < labels->points; i++) {
        json_array_begin(&json, NULL);
        json_int(&json, NULL, points[i].wall_ns);
        json_double(&json, NULL, points[i].value);
        json_array_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    (void)printf(",{\"points\":%s}", strbuf_text(&text));
    strbuf_deinit(&text);
}

static bool take_device(const struct remote_device *device)
{
    if (device->host >= host_count)
        return false;
    if (device_count == told_capacity) {
        size_t capacity = told_capacity * 2 + 64;
        struct told *grown = realloc(told, capacity * sizeof(*told));

        if (grown == NULL)
            return false;
        memset(grown + told_capacity, 0, (capacity - told_capacity) * sizeof(*told));
        told = grown;
        told_capacity = capacity;
    }
    device_count++;
    return true;
}

static void print_frame(const struct remote_frame *frame, const void *payload)
{
    struct strbuf text = { 0 };
    struct json_out json;
    char note[REMOTE_NOTE_MAX + 1];

    json_out_init(&json, &text);
    json_object_begin(&json, NULL);
    if (frame->kind == REMOTE_SERVER) {
        json_string(&json, "server", ((const struct remote_server *)payload)->name);
        json_string(&json, "url", ((const struct remote_server *)payload)->url);
    } else if (frame->kind == REMOTE_HOST) {
        json_array_begin(&json, "host");
        print_host(&json, payload);
        json_array_end(&json);
    } else if (frame->kind == REMOTE_DEVICE) {
        json_array_begin(&json, "device");
        print_device(&json, payload);
        json_array_end(&json);
    } else if (frame->kind == REMOTE_NOTE) {
        memcpy(note, payload, frame->bytes);
        note[frame->bytes] = '\0';
        json_string(&json, "note", note);
    } else if (frame->kind == REMOTE_END) {
        json_string(&json, "end",
                    remote_outcome_name(((const struct remote_end *)payload)->outcome));
        json_string(&json, "message", ((const struct remote_end *)payload)->message);
    }
    json_object_end(&json);
    (void)printf(",%s", strbuf_text(&text));
    strbuf_deinit(&text);
}

/* Return: NULL, or what is wrong with what came. */
static const char *take_frames(int fd)
{
    struct remote_frame frame;
    bool ended = false;

    while (read_whole(fd, &frame, sizeof(frame)) == sizeof(frame)) {
        void *payload = frame.bytes <= REMOTE_FRAME_MAX ? malloc(frame.bytes + 1) : NULL;
        const char *wrong = NULL;

        if (payload == NULL || read_whole(fd, payload, frame.bytes) != frame.bytes)
            wrong = "torn";
        else if (ended || !remote_frame_check(&frame, payload))
            wrong = "not believed";
        else if (frame.kind == REMOTE_READINGS &&
                 !take_readings(payload, frame.bytes / sizeof(struct remote_reading)))
            wrong = "readings of no device, or backwards";
        else if (frame.kind == REMOTE_POINTS)
            print_points(payload);
        else if (frame.kind == REMOTE_DEVICE && !take_device(payload))
            wrong = "a device of no host";
        else if (frame.kind != REMOTE_READINGS)
            print_frame(&frame, payload);
        host_count += frame.kind == REMOTE_HOST;
        ended = frame.kind == REMOTE_END;
        free(payload);
        if (wrong != NULL)
            return wrong;
    }
    return ended ? NULL : "no end";
}

static void print_readings(void)
{
    for (uint32_t i = 0; i < device_count; i++) {
        (void)printf(",{\"readings\":[%s],\"count\":%" PRIu64 ",\"sum\":%.17g}",
                     strbuf_text(&told[i].readings), told[i].count, told[i].sum);
        strbuf_deinit(&told[i].readings);
    }
    free(told);
}

int main(int argc, char **argv)
{
    const char *wrong;
    struct rusage usage;
    int in[2];
    int out[2];
    int status = 0;
    pid_t pid;

    for (int i = 2; i < argc; i++) {
        char *value = strchr(argv[i], '=');

        if (value == NULL)
            return 99;
        *value++ = '\0';
        if (!set(argv[i], value))
            return 99;
    }
    if (argc < 2 || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return 99;
    pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)execl(argv[1], "aico2-fetch", (char *)NULL);
        _exit(98);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    if (write(in[1], &question, sizeof(question)) != (ssize_t)sizeof(question))
        return 99;
    (void)close(in[1]);
    (void)printf("[{}");
    wrong = take_frames(out[0]);
    print_readings();
    if (waitpid(pid, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage) < 0)
        return 99;
    (void)printf(",{\"wrong\":\"%s\",\"kilobytes\":%ld,\"cpu_ms\":%ld}]\n",
                 wrong != NULL ? wrong : "", usage.ru_maxrss,
                 (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
