/* SPDX-License-Identifier: Apache-2.0 */
/* model/remote.c - whether a question to a time-series server, or a frame of its answer, can be what it says it is */
#include "model/remote.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

#define IS_TEXT(field) text_is_line(field, sizeof(field))

const char *remote_outcome_name(enum remote_outcome outcome)
{
    static const char *const names[] = {
        [REMOTE_COMPLETE] = "complete",     [REMOTE_PARTIAL] = "partial",
        [REMOTE_NO_DATA] = "no data",       [REMOTE_UNREACHABLE] = "unreachable",
        [REMOTE_DENIED] = "denied",         [REMOTE_REFUSED] = "refused",
        [REMOTE_OVERLOADED] = "overloaded", [REMOTE_BAD_ANSWER] = "bad answer",
        [REMOTE_TOO_LATE] = "too late",     [REMOTE_BAD_FILE] = "bad file",
    };

    return names[outcome];
}

bool remote_access_check(const struct remote_access *access)
{
    if (!IS_TEXT(access->url) || !IS_TEXT(access->user) || !IS_TEXT(access->secret_file) ||
        !IS_TEXT(access->header_file) || !IS_TEXT(access->tenant) || !IS_TEXT(access->ca_file) ||
        !IS_TEXT(access->cert_file) || !IS_TEXT(access->key_file))
        return false;
    if (access->url[0] == '\0' || (unsigned)access->auth > REMOTE_AUTH_BEARER)
        return false;
    if (access->auth == REMOTE_AUTH_BASIC && access->user[0] == '\0')
        return false;
    return access->auth == REMOTE_AUTH_NONE || access->secret_file[0] != '\0';
}

static bool check_window(const struct remote_question *question)
{
    if (question->from_wall_ns >= question->to_wall_ns || !IS_TEXT(question->instance) ||
        question->match_count > REMOTE_MATCH_MAX)
        return false;
    for (uint32_t i = 0; i < question->match_count; i++) {
        if (!IS_TEXT(question->matches[i]) || question->matches[i][0] == '\0')
            return false;
    }
    return true;
}

static bool check_query(const struct remote_question *question)
{
    return IS_TEXT(question->query) && question->query[0] != '\0' && question->step_ms >= 0 &&
           question->from_wall_ns <= question->to_wall_ns;
}

bool remote_question_check(const struct remote_question *question)
{
    if (question->magic != REMOTE_MAGIC || question->version != REMOTE_VERSION ||
        (unsigned)question->what > REMOTE_QUERY || question->deadline_ms <= 0 ||
        question->from_wall_ns < 0)
        return false;
    return remote_access_check(&question->access) &&
           (question->what == REMOTE_WINDOW ? check_window(question) : check_query(question));
}

/* NAN is "unknown" where it may be. */
static bool is_unknown_or_positive(double value)
{
    return isnan(value) || (isfinite(value) && value >= 0);
}

static bool check_server(const struct remote_server *server)
{
    return server->magic == REMOTE_MAGIC && server->version == REMOTE_VERSION &&
           IS_TEXT(server->name) && IS_TEXT(server->url) && server->url[0] != '\0';
}

static bool check_host(const struct remote_host *host)
{
    return IS_TEXT(host->instance) && IS_TEXT(host->name) && IS_TEXT(host->os_release) &&
           IS_TEXT(host->arch) && IS_TEXT(host->cpu_model) && IS_TEXT(host->cpu_vendor) &&
           host->cpu_family >= 0 && host->cpu_number >= 0 && host->sockets >= 0 &&
           host->threads >= 0 && is_unknown_or_positive(host->boot_wall_seconds);
}

static bool check_device(const struct remote_device *device)
{
    if (device->host >= REMOTE_HOSTS_MAX || (unsigned)device->kind >= SERIES_NONE ||
        (unsigned)device->device_kind > DEVICE_OTHER || device->index < -1)
        return false;
    if (!IS_TEXT(device->exporter) || !IS_TEXT(device->metric) || !IS_TEXT(device->name) ||
        !IS_TEXT(device->model) || !IS_TEXT(device->uuid) || !IS_TEXT(device->passed_over))
        return false;
    if (device->deltas > 1 || (device->deltas == 1 && device->kind != SERIES_COUNTER))
        return false;
    return is_unknown_or_positive(device->limit_watts) && isfinite(device->range_joules) &&
           device->range_joules >= 0 && isfinite(device->interval_seconds) &&
           device->interval_seconds >= 0;
}

static bool check_readings(const struct remote_reading *readings, uint32_t bytes)
{
    uint32_t count = bytes / sizeof(*readings);

    if (count == 0 || count > REMOTE_READINGS_MAX || bytes % sizeof(*readings) != 0)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (readings[i].device >= REMOTE_DEVICES_MAX || readings[i].flags != 0 ||
            readings[i].wall_ns < 0 || !isfinite(readings[i].value) || readings[i].value < 0)
            return false;
    }
    return true;
}

/* Each name has a value, and the last is followed by an empty name. */
static bool check_labels(const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end && *text != '\0') {
        for (int part = 0; part < 2; part++) {
            if (text == end || !text_is_line(text, (size_t)(end - text)))
                return false;
            text += strlen(text) + 1;
        }
    }
    return text < end;
}

static_assert(sizeof(struct remote_labels) % _Alignof(struct remote_point) == 0,
              "points follow their labels without a gap");

static bool check_points(const unsigned char *payload, uint32_t bytes)
{
    const struct remote_labels *labels = (const void *)payload;
    const struct remote_point *points = (const void *)(payload + sizeof(*labels));

    if (bytes < sizeof(*labels) || (bytes - sizeof(*labels)) % sizeof(*points) != 0 ||
        (bytes - sizeof(*labels)) / sizeof(*points) != labels->points)
        return false;
    for (uint32_t i = 0; i < labels->points; i++) {
        if (points[i].wall_ns < 0 || !isfinite(points[i].value) ||
            (i > 0 && points[i].wall_ns <= points[i - 1].wall_ns))
            return false;
    }
    return check_labels(labels->text, sizeof(labels->text));
}

static bool check_note(const char *text, uint32_t bytes)
{
    char line[REMOTE_NOTE_MAX + 1];

    if (bytes == 0 || bytes > REMOTE_NOTE_MAX || memchr(text, '\0', bytes) != NULL)
        return false;
    memcpy(line, text, bytes);
    line[bytes] = '\0';
    return text_is_line(line, sizeof(line));
}

static bool check_end(const struct remote_end *end)
{
    return (unsigned)end->outcome <= REMOTE_BAD_FILE && IS_TEXT(end->message) &&
           (end->message[0] == '\0') == (end->outcome == REMOTE_COMPLETE);
}

bool remote_frame_check(const struct remote_frame *frame, const void *payload)
{
    if (frame->bytes > REMOTE_FRAME_MAX)
        return false;
    switch (frame->kind) {
    case REMOTE_SERVER:
        return frame->bytes == sizeof(struct remote_server) && check_server(payload);
    case REMOTE_HOST:
        return frame->bytes == sizeof(struct remote_host) && check_host(payload);
    case REMOTE_DEVICE:
        return frame->bytes == sizeof(struct remote_device) && check_device(payload);
    case REMOTE_READINGS:
        return check_readings(payload, frame->bytes);
    case REMOTE_POINTS:
        return check_points(payload, frame->bytes);
    case REMOTE_NOTE:
        return check_note(payload, frame->bytes);
    case REMOTE_END:
        return frame->bytes == sizeof(struct remote_end) && check_end(payload);
    default:
        return false;
    }
}

int remote_outcome_error(enum remote_outcome outcome)
{
    static const int codes[] = {
        [REMOTE_COMPLETE] = 0,          [REMOTE_PARTIAL] = -ENODATA,
        [REMOTE_NO_DATA] = -ENODATA,    [REMOTE_UNREACHABLE] = -ECONNREFUSED,
        [REMOTE_DENIED] = -EACCES,      [REMOTE_REFUSED] = -EREMOTEIO,
        [REMOTE_OVERLOADED] = -EBUSY,   [REMOTE_BAD_ANSWER] = -EBADMSG,
        [REMOTE_TOO_LATE] = -ETIMEDOUT, [REMOTE_BAD_FILE] = -EACCES,
    };

    return codes[outcome];
}
