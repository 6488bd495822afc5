/* SPDX-License-Identifier: Apache-2.0 */
/* readers/proc_memory.c - how much memory there is, and how much of it is used */
#include "readers/proc_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "model/units.h"
#include "readers/cgroup_limit.h"
#include "readers/gpu_nodes.h"
#include "readers/memory_modules.h"
#include "readers/smbios.h"

enum {
    MEMINFO_SIZE = 8192, /* the fields wanted are among the first; the kernel's text has 1.5 KiB */
};

static const uint64_t KIB_MAX = UINT64_C(1) << 50;
/* How full the memory is moves slowly, and no more than a part of a model's band hangs by it: readings closer than this
 * share one look. A tick of 1 s with its jitter is not closer. */
static const int64_t KEPT_NS = 800 * NSEC_PER_MSEC;
/* Of a model by module: twice the 40 % (1 sigma) of memory_power.csv. */
static const double MODULES_BAND_RATIO = 0.8;

struct proc_memory {
    struct reader base;
    const struct clock *clock;
    int meminfo_fd;
    int proc_fd; /* of a captured machine, whose files may be replaced; -1: the kernel's stay */
    struct sample seen; /* at the last look; not valid: it is looked again */
};

bool meminfo_parse_kib(const char *text, uint64_t *kib_out)
{
    char number[24];
    uint64_t kib;
    size_t digits;

    text += strspn(text, " \t");
    digits = strspn(text, "0123456789");
    if (digits == 0 || digits >= sizeof(number) || strncmp(text + digits, " kB", 3) != 0)
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    if (!number_parse_u64(number, &kib) || kib > KIB_MAX)
        return false;
    *kib_out = kib;
    return true;
}

bool meminfo_find_kib(const char *text, const char *key, uint64_t *kib_out)
{
    size_t length = strlen(key);

    for (const char *line = text; *line != '\0';) {
        const char *end = strchrnul(line, '\n');

        if (strncmp(line, key, length) == 0 && line[length] == ':')
            return meminfo_parse_kib(line + length + 1, kib_out);
        line = *end == '\n' ? end + 1 : end;
    }
    return false;
}

bool meminfo_parse(const char *text, struct meminfo *meminfo_out)
{
    uint64_t total;
    uint64_t available;

    if (!meminfo_find_kib(text, "MemTotal", &total) || total == 0)
        return false;
    if (!meminfo_find_kib(text, "MemAvailable", &available)) {
        uint64_t buffers = 0;
        uint64_t cached = 0;

        if (!meminfo_find_kib(text, "MemFree", &available))
            return false;
        (void)meminfo_find_kib(text, "Buffers", &buffers);
        (void)meminfo_find_kib(text, "Cached", &cached);
        available += buffers + cached;
    }
    /* Two fields of a faked file (LXCFS) need not fit together */
    if (available > total)
        available = total;
    *meminfo_out = (struct meminfo){ total * 1024, available * 1024 };
    return true;
}

/* A longer text is cut, for what is wanted comes first. Return: 0 or -errno. */
static int read_meminfo(int fd, struct meminfo *meminfo_out)
{
    char text[MEMINFO_SIZE];
    ssize_t got = fs_pread_lines(fd, text, sizeof(text) - 1);

    if (got < 0)
        return (int)got;
    text[got] = '\0';
    return meminfo_parse(text, meminfo_out) ? 0 : -EBADMSG;
}

bool meminfo_read(int proc_fd, struct meminfo *meminfo_out)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(proc_fd, "meminfo", NULL);

    return fd >= 0 && read_meminfo(fd, meminfo_out) == 0;
}

/* What is plugged in, and by whose word; NULL: nobody says, or less than the kernel uses, so that it
 * is not all. */
static const char *find_installed(const struct reader_env *env, uint64_t least_bytes,
                                  struct installed_memory *memory_out)
{
    struct installed_memory memory;

    if (memory_modules_by_smbios(env->sys_fd, &memory) == 0 &&
        memory.bytes + memory.other_bytes >= least_bytes) {
        *memory_out = memory;
        return "SMBIOS";
    }
    memory_modules_by_edac(env->sys_fd, &memory);
    if (memory.bytes > 0 && memory.bytes + memory.other_bytes >= least_bytes) {
        *memory_out = memory;
        return "the memory controllers";
    }
    return NULL;
}

/* "12 x 64 GiB DDR5, by SMBIOS" */
static void describe_modules(struct device *device, const char *source)
{
    const struct memory_modules *modules = &device->modules;
    char text[DEVICE_NOTE_SIZE] = "";

    for (size_t i = 0; i < modules->group_count; i++)
        text_append(text, sizeof(text), "%s%u x %.4g GiB %s", i > 0 ? ", " : "",
                    modules->groups[i].count, (double)modules->groups[i].bytes_each / BYTES_PER_GIB,
                    memory_type_name(modules->groups[i].type));
    text_append(text, sizeof(text), ", by %s", source);
    text_append_note(device->note, sizeof(device->note), text);
}

static void describe(const struct reader_env *env, const struct meminfo *meminfo,
                     struct device *device_out)
{
    uint64_t limit = cgroup_memory_limit(env);
    uint64_t in_gpus = gpu_nodes_bytes(env);
    uint64_t used_bytes = meminfo->total_bytes - (in_gpus < meminfo->total_bytes ? in_gpus : 0);
    struct installed_memory memory = { .bytes = 0 };
    const char *source = find_installed(env, used_bytes, &memory);
    struct device device = DEVICE_NULL;

    device.kind = DEVICE_MEMORY;
    device.basis = BASIS_MODELLED;
    device.fields = SAMPLE_MEMORY | SAMPLE_UTILIZATION;
    device.memory_bytes = source != NULL ? memory.bytes : used_bytes;
    device.modules = memory.modules;
    (void)snprintf(device.id, sizeof(device.id), "memory");
    (void)snprintf(device.reader, sizeof(device.reader), "proc_memory");
    if (limit > 0 && limit < meminfo->total_bytes) {
        if (limit < device.memory_bytes)
            device.memory_bytes = limit;
        text_append_note(device.note, sizeof(device.note),
                         "size is the limit of our control group, not the machine's");
    } else if (source == NULL) {
        text_append_note(device.note, sizeof(device.note),
                         used_bytes < meminfo->total_bytes
                             ? "size from MemTotal, less the memory of the GPU"
                             : "size from MemTotal, a little below what is installed");
    } else if (memory.modules.group_count == 0) {
        text_append_note(device.note, sizeof(device.note), "size as installed, by ");
        text_append(device.note, sizeof(device.note), "%s", source);
    }
    if (memory.modules.group_count > 0)
        describe_modules(&device, source);
    if (memory.other_bytes > 0)
        text_append_note(device.note, sizeof(device.note),
                         "memory that is no DIMM of DRAM (HBM, CXL, persistent) is not counted");
    *device_out = device;
}

/* How the modules are known, a line each for `aico2 doctor`. */
static void open_doors(const struct reader_env *env, const struct device *device,
                       struct reader_status *status)
{
    struct installed_memory memory;
    struct reader_door *door = &status->doors[status->door_count++];
    int r = memory_modules_by_smbios(env->sys_fd, &memory);

    *door = (struct reader_door){
        .name = "proc_memory-smbios",
        .state = READER_AVAILABLE,
        .band_ratio = MODULES_BAND_RATIO,
    };
    if (fs_is_denied(r)) {
        door->state = READER_DENIED;
        door->remedy = REMEDY_DMI_GROUP;
        text_append(door->reason, sizeof(door->reason),
                    "the list of memory modules is root's to read");
    } else if (r == -ENOENT || r == -ENOTDIR || r == -ENODATA) {
        door->state = READER_ABSENT;
        text_append(door->reason, sizeof(door->reason),
                    "no list of memory modules from the firmware");
    } else if (r < 0) {
        door->state = READER_BROKEN;
        text_append(door->reason, sizeof(door->reason), "cannot read the firmware's table");
    } else if (strstr(device->note, "SMBIOS") != NULL) {
        AICO2_CLEANUP(fd_closep) int fd = smbios_open(env->sys_fd);

        door->state = READER_USED;
        door->root_only = fd >= 0 && fs_is_root_only(fd);
        door->remedy = door->root_only ? REMEDY_DMI_GROUP : REMEDY_NONE;
    } else {
        text_append(door->reason, sizeof(door->reason),
                    "it lists less memory than the kernel uses: not believed");
    }
}

static void proc_memory_close(struct reader *base)
{
    struct proc_memory *reader = (struct proc_memory *)base;

    if (reader == NULL)
        return;
    fd_closep(&reader->meminfo_fd);
    fd_closep(&reader->proc_fd);
    free(base->devices);
    free(reader);
}

static int nothing(struct reader_status *status, int code)
{
    struct aico2_error why = { 0 };

    *status = (struct reader_status){ .state = READER_BROKEN };
    if (code == -ENOENT) {
        status->state = READER_ABSENT;
        (void)snprintf(status->reason, sizeof(status->reason), "no 'meminfo' in procfs");
    } else if (code == -EBADMSG) {
        (void)snprintf(status->reason, sizeof(status->reason),
                       "'meminfo' of procfs does not tell MemTotal and what is available");
    } else {
        status->state = code == -EACCES ? READER_DENIED : READER_BROKEN;
        (void)aico2_error_set_errno(&why, -code, "cannot read 'meminfo' of procfs");
        (void)snprintf(status->reason, sizeof(status->reason), "%.190s", why.message);
    }
    return 0;
}

static int proc_memory_probe(const struct reader_env *env, struct reader **reader_out,
                             struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(env->proc_fd, "meminfo", NULL);
    struct proc_memory *reader;
    struct meminfo meminfo;
    int r;

    *reader_out = NULL;
    r = fd < 0 ? fd : read_meminfo(fd, &meminfo);
    if (r < 0)
        return nothing(status_out, r);

    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->base.driver = &reader_proc_memory;
    reader->clock = env->clock;
    reader->meminfo_fd = fd_take(&fd);
    reader->proc_fd = env->sysroot ? fs_open_dir_at(env->proc_fd, ".", NULL) : -1;
    reader->base.devices = calloc(1, sizeof(*reader->base.devices));
    if (reader->base.devices == NULL) {
        proc_memory_close(&reader->base);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    reader->base.device_count = 1;
    describe(env, &meminfo, &reader->base.devices[0]);
    *reader_out = &reader->base;
    *status_out = (struct reader_status){ .state = READER_USED };
    if (env->explain)
        open_doors(env, &reader->base.devices[0], status_out);
    return 0;
}

static struct sample look(struct proc_memory *reader)
{
    struct meminfo meminfo;
    struct sample sample = { .valid = 0 };
    int r = 0;

    if (reader->proc_fd >= 0)
        r = fs_follow_at(reader->proc_fd, "meminfo", &reader->meminfo_fd);
    if (r >= 0)
        r = read_meminfo(reader->meminfo_fd, &meminfo);
    sample.error = r;
    if (r == 0) {
        sample.memory_used_bytes = meminfo.total_bytes - meminfo.available_bytes;
        sample.utilization_ratio = (double)sample.memory_used_bytes / (double)meminfo.total_bytes;
        sample.valid = SAMPLE_MEMORY | SAMPLE_UTILIZATION;
    }
    return sample;
}

static void proc_memory_read(struct reader *base, struct sample *samples_out)
{
    struct proc_memory *reader = (struct proc_memory *)base;
    int64_t now_ns = reader->clock->mono_ns(reader->clock->payload);

    if (reader->seen.valid == 0 || now_ns - reader->seen.mono_ns >= KEPT_NS) {
        reader->seen = look(reader);
        reader->seen.mono_ns = now_ns;
    }
    samples_out[0] = reader->seen;
    samples_out[0].mono_ns = now_ns;
}

const struct reader_driver reader_proc_memory = {
    .name = "proc_memory",
    .summary = "memory installed and used, for a model of its power",
    .probe = proc_memory_probe,
    .read = proc_memory_read,
    .close = proc_memory_close,
    .domain = DEVICE_MEMORY,
};
