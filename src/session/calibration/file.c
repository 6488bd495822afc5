/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/file.c - a machine's calibration in its file: lines of of,key,value */
#include "session/calibration/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/csv.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/user_path.h"
#include "writers/writer.h"

#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_"
#define ROOT_FOLDER "/var/lib/aico2"

enum { NAME_SIZE = CALIBRATION_TEXT_SIZE + 32 };

enum { FILE_LIMIT_BYTES = 1 << 20, SHOWN_SIZE = 48, DEVICES_MAX = 4096, VERSION = 1 };

enum field_type { FIELD_TEXT, FIELD_NUMBER, FIELD_COUNT, FIELD_BYTES64 };

/* Where a key of a line goes. */
struct field {
    const char *of; /* NULL: of a device */
    const char *key;
    enum field_type type;
    size_t offset;
    size_t size; /* of a text */
};

#define BASIS_TEXT(name)                                                        \
    {                                                                           \
        "machine", #name, FIELD_TEXT, offsetof(struct calibration, basis.name), \
            sizeof(((struct calibration *)NULL)->basis.name)                    \
    }
#define NUMBER(of, key, member)                                        \
    {                                                                  \
        of, key, FIELD_NUMBER, offsetof(struct calibration, member), 0 \
    }
#define DEVICE_NUMBER(member)                                                      \
    {                                                                              \
        NULL, #member, FIELD_NUMBER, offsetof(struct calibrated_device, member), 0 \
    }

static const struct field fields[] = {
    BASIS_TEXT(hostname),
    BASIS_TEXT(cpu_model),
    { "machine", "sockets", FIELD_COUNT, offsetof(struct calibration, basis.sockets), 0 },
    { "machine", "threads", FIELD_COUNT, offsetof(struct calibration, basis.threads), 0 },
    { "machine", "memory_gib", FIELD_BYTES64, offsetof(struct calibration, basis.memory_gib), 0 },
    BASIS_TEXT(kernel),
    BASIS_TEXT(governor),
    BASIS_TEXT(boost),
    NUMBER("idle", "seconds", idle_seconds),
    NUMBER("idle", "busy_cpus", idle_busy_cpus),
    NUMBER("load", "seconds", load_seconds),
    NUMBER("load", "busy_cpus", load_busy_cpus),
    { "board", "meter", FIELD_TEXT, offsetof(struct calibration, board.meter), DEVICE_READER_SIZE },
    NUMBER("board", "idle_watts", board.idle_watts),
    NUMBER("board", "full_watts", board.full_watts),
    NUMBER("board", "fixed_watts", board.fixed_watts),
    NUMBER("board", "per_watt", board.per_watt),
    NUMBER("board", "band_ratio", board.band_ratio),
    { NULL, "meter", FIELD_TEXT, offsetof(struct calibrated_device, meter), DEVICE_READER_SIZE },
    DEVICE_NUMBER(idle_watts),
    DEVICE_NUMBER(full_watts),
    DEVICE_NUMBER(range_watts),
    DEVICE_NUMBER(band_ratio),
};

static const double NUMBER_MAX = 1e7;

void calibration_hardware_hash(const struct calibration_basis *basis,
                               char hash_out[HARDWARE_HASH_SIZE])
{
    struct digest digest = DIGEST_NULL;
    unsigned char bytes[DIGEST_SIZE];
    char text[CALIBRATION_TEXT_SIZE + 96];
    int length = snprintf(text, sizeof(text), "%s|%d|%d|%llu", basis->cpu_model, basis->sockets,
                          basis->threads, (unsigned long long)basis->memory_gib);

    digest_add(&digest, text, (size_t)length);
    digest_bytes(&digest, bytes);
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        (void)snprintf(hash_out + 2 * i, 3, "%02x", bytes[i]);
}

/* --- writing --- */

static void add_line(struct strbuf *out, const char *of, const char *key, bool number,
                     const char *value)
{
    csv_add_cell(out, true, false, of);
    csv_add_cell(out, false, false, key);
    csv_add_cell(out, false, number, value);
    strbuf_add(out, "\n");
}

/* What is not known has no line. */
static void add_field(struct strbuf *out, const char *of, const struct field *field,
                      const void *record)
{
    const char *at = (const char *)record + field->offset;
    char text[64];
    double number;
    int count;
    uint64_t bytes;

    switch (field->type) {
    case FIELD_TEXT:
        if (at[0] != '\0')
            add_line(out, of, field->key, false, at);
        return;
    case FIELD_NUMBER:
        memcpy(&number, at, sizeof(number));
        if (isfinite(number)) {
            (void)number_format_double(text, sizeof(text), number);
            add_line(out, of, field->key, true, text);
        }
        return;
    case FIELD_COUNT:
        memcpy(&count, at, sizeof(count));
        (void)snprintf(text, sizeof(text), "%d", count);
        add_line(out, of, field->key, true, text);
        return;
    case FIELD_BYTES64:
        memcpy(&bytes, at, sizeof(bytes));
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
        add_line(out, of, field->key, true, text);
        return;
    }
}

void calibration_format(const struct calibration *calibration, struct strbuf *out)
{
    char text[HARDWARE_HASH_SIZE];

    strbuf_add(out, "of,key,value\n");
    (void)snprintf(text, sizeof(text), "%d", VERSION);
    add_line(out, "calibration", "version", true, text);
    wall_time_format(text, sizeof(text), calibration->wall_ns);
    add_line(out, "calibration", "time", false, text);
    calibration_hardware_hash(&calibration->basis, text);
    add_line(out, "machine", "hash", false, text);
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        if (fields[i].of != NULL)
            add_field(out, fields[i].of, &fields[i], calibration);
    }
    for (size_t i = 0; i < calibration->device_count; i++) {
        const struct calibrated_device *device = &calibration->devices[i];

        add_line(out, device->id, "kind", false, device_kind_name(device->kind));
        for (size_t j = 0; j < ARRAY_LENGTH(fields); j++) {
            if (fields[j].of == NULL)
                add_field(out, device->id, &fields[j], device);
        }
    }
}

/* --- reading --- */

struct parser {
    struct csv_reader csv;
    struct calibration calibration;
    char hash[HARDWARE_HASH_SIZE];
    const char *name;
    bool version;
    bool time;
};

static int bad(const struct parser *parser, const char *what, const char *cell,
               struct aico2_error *err)
{
    char shown[SHOWN_SIZE];

    text_copy_clean(shown, sizeof(shown), cell);
    return aico2_error_set(err, -EBADMSG, "%.120s:%zu: %s: '%s'", parser->name, parser->csv.line,
                           what, shown);
}

static int set_field(const struct parser *parser, const struct field *field, void *record,
                     struct aico2_error *err)
{
    const char *value = parser->csv.cells[2];
    char *at = (char *)record + field->offset;
    double number;
    uint64_t whole;
    int count;

    switch (field->type) {
    case FIELD_TEXT:
        if (value[0] == '\'' && value[1] != '\0' && strchr("=+-@\t\r", value[1]) != NULL)
            value++; /* what csv_add_cell() put before it */
        text_copy_clean(at, field->size, value);
        return 0;
    case FIELD_NUMBER:
        if (!number_parse_double(value, &number) || !(number >= 0 && number <= NUMBER_MAX))
            return bad(parser, "not a number from 0 on", value, err);
        memcpy(at, &number, sizeof(number));
        return 0;
    case FIELD_COUNT:
    case FIELD_BYTES64:
        if (!number_parse_u64(value, &whole) || whole > 1000000)
            return bad(parser, "not a count", value, err);
        count = (int)whole;
        if (field->type == FIELD_COUNT)
            memcpy(at, &count, sizeof(count));
        else
            memcpy(at, &whole, sizeof(whole));
        return 0;
    }
    return 0;
}

static int set_head(struct parser *parser, struct aico2_error *err)
{
    const char *key = parser->csv.cells[1];
    const char *value = parser->csv.cells[2];
    uint64_t version;

    if (strcmp(key, "version") == 0) {
        parser->version = number_parse_u64(value, &version) && version == VERSION;
        if (!parser->version)
            return bad(parser, "a calibration of another version of aico2", value, err);
    } else if (strcmp(key, "time") == 0) {
        parser->time = wall_time_parse(value, &parser->calibration.wall_ns);
        if (!parser->time)
            return bad(parser, "not a time", value, err);
    }
    return 0;
}

/* The device of a line; it is new when nothing of it was said before. */
static struct calibrated_device *device_of(struct parser *parser, const char *id)
{
    struct calibration *calibration = &parser->calibration;
    struct calibrated_device *device;

    for (size_t i = 0; i < calibration->device_count; i++) {
        if (strcmp(calibration->devices[i].id, id) == 0)
            return &calibration->devices[i];
    }
    device = calibration->device_count < DEVICES_MAX ? calibration_add(calibration) : NULL;
    if (device != NULL)
        (void)snprintf(device->id, sizeof(device->id), "%s", id);
    return device;
}

static bool is_section(const char *of)
{
    static const char *const sections[] = { "machine", "idle", "load", "board" };

    return text_index(of, sections, ARRAY_LENGTH(sections)) >= 0;
}

/* A key that is not known is of a later version, and passed over. */
static int set_line(struct parser *parser, struct aico2_error *err)
{
    const char *of = parser->csv.cells[0];
    const char *key = parser->csv.cells[1];
    struct calibrated_device *device = NULL;

    if (parser->csv.count != 3)
        return bad(parser, "not three cells (of,key,value)", of, err);
    if (strcmp(of, "calibration") == 0)
        return set_head(parser, err);
    if (strcmp(of, "machine") == 0 && strcmp(key, "hash") == 0) {
        text_copy_clean(parser->hash, sizeof(parser->hash), parser->csv.cells[2]);
        return 0;
    }
    if (!is_section(of)) {
        if (of[0] == '\0' || of[0] == '-' || strlen(of) >= DEVICE_ID_SIZE ||
            of[strspn(of, ID_CHARACTERS)] != '\0')
            return bad(parser, "not a device", of, err);
        device = device_of(parser, of);
        if (device == NULL)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        if (strcmp(key, "kind") == 0) {
            int kind = device_kind_parse(parser->csv.cells[2]);

            if (kind < 0)
                return bad(parser, "not a kind of device", parser->csv.cells[2], err);
            device->kind = (enum device_kind)kind;
            return 0;
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        const struct field *field = &fields[i];

        if (strcmp(field->key, key) == 0 && (field->of == NULL) == (device != NULL) &&
            (device != NULL || strcmp(field->of, of) == 0))
            return set_field(parser, field,
                             device != NULL ? (void *)device : (void *)&parser->calibration, err);
    }
    return 0;
}

static int parse_lines(struct parser *parser, struct aico2_error *err)
{
    char hash[HARDWARE_HASH_SIZE];
    int r = csv_reader_next(&parser->csv, err);

    if (r == 0 || (r > 0 && (parser->csv.count != 3 || strcmp(parser->csv.cells[0], "of") != 0)))
        return aico2_error_set(err, -EBADMSG,
                               "%.120s:1: no calibration: the first line must be "
                               "'of,key,value'",
                               parser->name);
    while (r > 0 && (r = csv_reader_next(&parser->csv, err)) > 0) {
        r = set_line(parser, err);
        if (r < 0)
            return r;
        r = 1;
    }
    if (r < 0)
        return r;
    if (!parser->version || !parser->time)
        return aico2_error_set(err, -EBADMSG, "%.120s: no calibration,%s", parser->name,
                               parser->version ? "time" : "version");
    calibration_hardware_hash(&parser->calibration.basis, hash);
    if (strcmp(hash, parser->hash) != 0)
        return aico2_error_set(err, -EBADMSG,
                               "%.120s: machine,hash is not that of the machine "
                               "it describes",
                               parser->name);
    return 0;
}

int calibration_parse(char *text, const char *name, struct calibration *calibration_out,
                      struct aico2_error *err)
{
    struct parser parser = { .calibration = CALIBRATION_NULL, .name = name };
    int r;

    csv_reader_init(&parser.csv, text);
    r = parse_lines(&parser, err);
    csv_reader_deinit(&parser.csv);
    if (r < 0) {
        calibration_deinit(&parser.calibration);
        return r;
    }
    *calibration_out = parser.calibration;
    return 0;
}

/* --- files --- */

/* "calibration/HOST.csv" */
static void name_below(const char *hostname, char *name_out, size_t size)
{
    char host[CALIBRATION_TEXT_SIZE];

    text_copy_clean(host, sizeof(host), hostname[0] != '\0' ? hostname : "localhost");
    for (char *at = host; *at != '\0'; at++) {
        if (*at == '/' || (*at == '.' && at == host))
            *at = '_';
    }
    (void)snprintf(name_out, size, "calibration/%s.csv", host);
}

static int root_path(const char *hostname, char *path_out, size_t size, struct aico2_error *err)
{
    char name[NAME_SIZE];

    name_below(hostname, name, sizeof(name));
    if (snprintf(path_out, size, ROOT_FOLDER "/%s", name) >= (int)size)
        return aico2_error_set(err, -ENAMETOOLONG, "the path of the calibration is too long");
    return 0;
}

int calibration_default_path(const char *hostname, char *path_out, size_t size,
                             struct aico2_error *err)
{
    char name[sizeof("aico2/") - 1 + NAME_SIZE] = "aico2/";
    int r;

    if (geteuid() == 0)
        return root_path(hostname, path_out, size, err);
    name_below(hostname, name + strlen(name), NAME_SIZE);
    r = user_path("XDG_DATA_HOME", ".local/share", name, path_out, size);
    if (r == -ENAMETOOLONG)
        return aico2_error_set(err, r, "the path of the calibration is too long");
    if (r < 0)
        return aico2_error_set(
            err, r, "no place for the calibration: HOME is not set; use --calibration FILE");
    return 0;
}

int calibration_read(const char *path, struct calibration *calibration_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    int r = fs_read_all_at(AT_FDCWD, path, FILE_LIMIT_BYTES, &text, NULL);

    if (r < 0)
        return aico2_error_set_errno(err, -r, "cannot read calibration '%.120s'", path);
    return calibration_parse(text, path, calibration_out, err);
}

int calibration_read_default(struct calibration *calibration_out, struct aico2_error *err)
{
    char path[PATH_MAX];
    struct utsname name;
    int r;

    if (uname(&name) != 0)
        return aico2_error_set_errno(err, errno, "no host name");
    r = calibration_default_path(name.nodename, path, sizeof(path), err);
    if (r == 0)
        r = calibration_read(path, calibration_out, err);
    if (r != -ENOENT || geteuid() == 0)
        return r;
    r = root_path(name.nodename, path, sizeof(path), err);
    if (r == 0)
        r = calibration_read(path, calibration_out, err);
    return r == -EACCES ? -ENOENT : r; /* root's own business */
}

/* 0751 and 0755: what a machine draws is no secret, who ran what is; so the folder of the history
 * may be gone through and not listed. */
static int make_folders(const char *path, struct aico2_error *err)
{
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
        return aico2_error_set(err, -ENAMETOOLONG, "name too long: '%.80s...'", path);
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        struct stat status;

        *at = '\0';
        if (stat(folder, &status) < 0 &&
            mkdir(folder, strcmp(folder, ROOT_FOLDER) == 0 ? 0751 : 0755) < 0 && errno != EEXIST)
            return aico2_error_set_errno(err, errno, "cannot make directory '%s'", folder);
        *at = '/';
    }
    return 0;
}

bool calibration_is_reachable(const char *path)
{
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
        return false;
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        struct stat status;

        *at = '\0';
        if (stat(folder, &status) == 0 && (status.st_mode & S_IXOTH) == 0)
            return false;
        *at = '/';
    }
    return true;
}

int calibration_write(const char *path, const struct calibration *calibration,
                      struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    int r = make_folders(path, err);

    if (r < 0)
        return r;
    calibration_format(calibration, &text);
    return write_file_atomic(path, &text, err);
}
