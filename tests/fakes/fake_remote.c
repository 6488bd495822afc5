/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fakes/fake_remote.c - a fetcher without a network, that plays a time-series server by a script
 *
 * It stands as libexec/aico2/aico2-fetch beside a copy of aico2. Lines of its `script`, in order; times are
 * seconds from the start of the question's window:
 *   server NAME
 *   host NAME [key=value...]            cpu (with _ for blanks) sockets threads memory boot
 *   device HOST KIND WHAT INDEX METRIC [key=value...]
 *                                       counter|power|load, cpu|dram|memory|gpu|module|board;
 *                                       exporter model limit range interval deltas over
 *   at DEVICE SECONDS VALUE             one reading; those that follow each other are one frame
 *   ramp DEVICE FROM TO STEP START SLOPE [WRAP]    values START + SLOPE x (t - FROM), modulo WRAP
 *   note TEXT..., end OUTCOME [TEXT...]
 *   hang | die | exit | garbage | tear | long | flag | badhost | baddevice | late
 * The question leaves a file `asked.1` of lines "key=value".
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/remote.h"

static struct remote_question question;
static struct remote_reading readings[REMOTE_READINGS_MAX];
static size_t reading_count;

static void fail(const char *what)
{
    perror(what);
    exit(9);
}

static void put(const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, at, length);

        if (written <= 0)
            exit(6);
        at += written;
        length -= (size_t)written;
    }
}

static void put_frame(enum remote_kind kind, const void *payload, size_t size)
{
    const struct remote_frame frame = { .kind = kind, .bytes = (uint32_t)size };

    put(&frame, sizeof(frame));
    put(payload, size);
}

static void flush_readings(void)
{
    if (reading_count > 0)
        put_frame(REMOTE_READINGS, readings, reading_count * sizeof(readings[0]));
    reading_count = 0;
}

static void add_reading(long device, double seconds, double value)
{
    readings[reading_count++] = (struct remote_reading){
        .device = (uint32_t)device,
        .wall_ns = question.from_wall_ns + llround(seconds * 1e9),
        .value = value,
    };
    if (reading_count == REMOTE_READINGS_MAX)
        flush_readings();
}

static void read_question(void)
{
    size_t length = 0;

    while (length < sizeof(question)) {
        ssize_t got = read(STDIN_FILENO, (char *)&question + length, sizeof(question) - length);

        if (got <= 0)
            fail("question");
        length += (size_t)got;
    }
    if (!remote_question_check(&question))
        exit(8);
}

static void leave_note(void)
{
    const struct remote_access *access = &question.access;
    FILE *file = fopen("asked.1", "w");

    if (file == NULL)
        fail("asked.1");
    (void)fprintf(file, "what=%d\nfrom=%lld\nto=%lld\ndeadline_ms=%lld\ninstance=%s\n",
                  (int)question.what, (long long)question.from_wall_ns,
                  (long long)question.to_wall_ns, (long long)question.deadline_ms,
                  question.instance);
    for (uint32_t i = 0; i < question.match_count; i++)
        (void)fprintf(file, "match=%s\n", question.matches[i]);
    (void)fprintf(file, "url=%s\nauth=%d\nuser=%s\nsecret=%s\nheader=%s\ntenant=%s\nca=%s\n",
                  access->url, (int)access->auth, access->user, access->secret_file,
                  access->header_file, access->tenant, access->ca_file);
    (void)fprintf(file, "cert=%s\nkey=%s\n", access->cert_file, access->key_file);
    (void)fclose(file);
}

/* The value of "key=value" among the words; "" none. Blanks are written as '_'. */
static const char *value_of(char *const words[], int count, const char *key)
{
    size_t length = strlen(key);

    for (int i = 0; i < count; i++) {
        if (strncmp(words[i], key, length) == 0 && words[i][length] == '=')
            return words[i] + length + 1;
    }
    return "";
}

static double number_of(char *const words[], int count, const char *key, double other)
{
    const char *text = value_of(words, count, key);

    return text[0] != '\0' ? strtod(text, NULL) : other;
}

static void copy_blanks(char *field, size_t size, const char *text)
{
    (void)snprintf(field, size, "%s", text);
    for (char *at = strchr(field, '_'); at != NULL; at = strchr(at, '_'))
        *at = ' ';
}

static void put_host(char *const words[], int count)
{
    struct remote_host host = {
        .sockets = (int)number_of(words, count, "sockets", 0),
        .threads = (int)number_of(words, count, "threads", 0),
        .memory_bytes = (uint64_t)number_of(words, count, "memory", 0),
        .boot_wall_seconds = NAN,
    };
    double boot = number_of(words, count, "boot", NAN);

    if (isfinite(boot))
        host.boot_wall_seconds = (double)question.from_wall_ns / 1e9 + boot;
    (void)snprintf(host.name, sizeof(host.name), "%s", words[1]);
    (void)snprintf(host.instance, sizeof(host.instance), "%.100s:9100", words[1]);
    (void)snprintf(host.os_release, sizeof(host.os_release), "6.1.0");
    (void)snprintf(host.arch, sizeof(host.arch), "x86_64");
    copy_blanks(host.cpu_model, sizeof(host.cpu_model), value_of(words, count, "cpu"));
    put_frame(REMOTE_HOST, &host, sizeof(host));
}

static void put_device(char *const words[], int count)
{
    struct remote_device device = {
        .host = (uint32_t)strtoul(words[1], NULL, 10),
        .kind = words[2][0] == 'c'   ? SERIES_COUNTER
                : words[2][0] == 'p' ? SERIES_POWER
                                     : SERIES_UTILIZATION,
        .device_kind = (enum device_kind)device_kind_parse(words[3]),
        .index = (int)strtol(words[4], NULL, 10),
        .limit_watts = number_of(words, count, "limit", NAN),
        .range_joules = number_of(words, count, "range", 0),
        .interval_seconds = number_of(words, count, "interval", 0),
        .deltas = (uint32_t)number_of(words, count, "deltas", 0),
    };

    (void)snprintf(device.metric, sizeof(device.metric), "%s", words[5]);
    (void)snprintf(device.exporter, sizeof(device.exporter), "%s",
                   value_of(words, count, "exporter"));
    (void)snprintf(device.passed_over, sizeof(device.passed_over), "%s",
                   value_of(words, count, "over"));
    copy_blanks(device.model, sizeof(device.model), value_of(words, count, "model"));
    put_frame(REMOTE_DEVICE, &device, sizeof(device));
}

static void put_ramp(char *const words[], int count)
{
    double from = strtod(words[2], NULL);
    double to = strtod(words[3], NULL);
    double step = strtod(words[4], NULL);
    double start = strtod(words[5], NULL);
    double slope = strtod(words[6], NULL);
    double wrap = count > 7 ? strtod(words[7], NULL) : INFINITY;
    long steps = lround((to - from) / step);

    for (long i = 0; i <= steps; i++) {
        double t = from + (double)i * step;

        add_reading(strtol(words[1], NULL, 10), t, fmod(start + slope * (t - from), wrap));
    }
}

static void put_end(char *const words[], int count)
{
    struct remote_end end = { .outcome = REMOTE_COMPLETE };
    size_t length = 0;

    for (int i = 0; i <= REMOTE_BAD_FILE; i++) {
        char name[32];

        copy_blanks(name, sizeof(name), words[1]);
        if (strcmp(remote_outcome_name((enum remote_outcome)i), name) == 0)
            end.outcome = (enum remote_outcome)i;
    }
    for (int i = 2; i < count; i++)
        length += (size_t)snprintf(end.message + length, sizeof(end.message) - length, "%s%s",
                                   length > 0 ? " " : "", words[i]);
    put_frame(REMOTE_END, &end, sizeof(end));
}

static void misbehave(const char *word)
{
    static const struct remote_frame frame = { .kind = REMOTE_READINGS,
                                               .bytes = sizeof(struct remote_reading) };
    struct remote_reading reading = { .wall_ns = question.from_wall_ns };

    if (strcmp(word, "hang") == 0) {
        (void)signal(SIGTERM, SIG_IGN);
        for (;;)
            (void)pause();
    } else if (strcmp(word, "die") == 0) {
        (void)raise(SIGUSR1); /* which a sanitizer does not take for its own */
    } else if (strcmp(word, "exit") == 0) {
        exit(3);
    } else if (strcmp(word, "garbage") == 0) {
        put("HTTP/1.1 200 OK\r\n\r\n<html></html>", 32);
    } else if (strcmp(word, "tear") == 0) {
        put(&frame, sizeof(frame));
        put(&reading, 7);
    } else if (strcmp(word, "long") == 0) {
        put(&(struct remote_frame){ .kind = REMOTE_NOTE, .bytes = UINT32_MAX }, sizeof(frame));
    } else if (strcmp(word, "flag") == 0) {
        reading.flags = 1;
        put_frame(REMOTE_READINGS, &reading, sizeof(reading));
    } else if (strcmp(word, "nodevice") == 0) {
        reading.device = 4711;
        put_frame(REMOTE_READINGS, &reading, sizeof(reading));
    } else {
        exit(7);
    }
    exit(0);
}

static void play(char *const words[], int count)
{
    struct remote_server server = { .magic = REMOTE_MAGIC, .version = REMOTE_VERSION };

    if (strcmp(words[0], "at") == 0 && count == 4) {
        add_reading(strtol(words[1], NULL, 10), strtod(words[2], NULL), strtod(words[3], NULL));
        return;
    }
    if (strcmp(words[0], "ramp") == 0 && count >= 7) {
        put_ramp(words, count);
        return;
    }
    flush_readings();
    if (strcmp(words[0], "server") == 0) {
        copy_blanks(server.name, sizeof(server.name), words[1]);
        (void)snprintf(server.url, sizeof(server.url), "%s", question.access.url);
        put_frame(REMOTE_SERVER, &server, sizeof(server));
    } else if (strcmp(words[0], "host") == 0) {
        put_host(words, count);
    } else if (strcmp(words[0], "device") == 0 && count >= 6) {
        put_device(words, count);
    } else if (strcmp(words[0], "note") == 0) {
        char text[256];

        copy_blanks(text, sizeof(text), words[1]);
        put_frame(REMOTE_NOTE, text, strlen(text));
    } else if (strcmp(words[0], "end") == 0) {
        put_end(words, count);
    } else {
        misbehave(words[0]);
    }
}

int main(void)
{
    enum { WORDS_MAX = 40 };
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char line[1024];
    FILE *file;

    if (length <= 0)
        fail("self");
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    read_question();
    if (chdir(self) < 0)
        fail(self);
    leave_note();
    file = fopen("script", "r");
    if (file == NULL)
        fail("script");
    while (fgets(line, sizeof(line), file) != NULL) {
        char *words[WORDS_MAX];
        char *rest = NULL;
        int count = 0;

        for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < WORDS_MAX;
             word = strtok_r(NULL, " \n", &rest))
            words[count++] = word;
        if (count > 0)
            play(words, count);
    }
    (void)fclose(file);
    return 0;
}
