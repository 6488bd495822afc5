/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/machine_tree.c - machines for tests, built from tests/machines/NAME.manifest */
#include "machine_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

enum { DIRS_MAX = 64, PATH_SIZE = 512, NAME_SIZE = 64, MANIFEST_LIMIT = 1 << 20 };

struct tree_dirs {
    char paths[DIRS_MAX][PATH_SIZE];
    size_t count;
};

/* "a{1,2}b" is "a1b" and "a2b". */
static bool expand(const char *pattern, size_t length, struct tree_dirs *dirs)
{
    const char *open = memchr(pattern, '{', length);
    const char *close = open == NULL ? NULL : memchr(open, '}', (size_t)(pattern + length - open));
    const char *item;

    if (close == NULL) {
        if (dirs->count == DIRS_MAX || length >= PATH_SIZE)
            return false;
        memcpy(dirs->paths[dirs->count], pattern, length);
        dirs->paths[dirs->count++][length] = '\0';
        return true;
    }
    for (item = open + 1; item <= close;) {
        const char *end = item + strcspn(item, ",}");
        char one[PATH_SIZE];
        int made =
            snprintf(one, sizeof(one), "%.*s%.*s%.*s", (int)(open - pattern), pattern,
                     (int)(end - item), item, (int)(pattern + length - close - 1), close + 1);

        if (made >= PATH_SIZE || !expand(one, (size_t)made, dirs))
            return false;
        item = end + 1;
    }
    return true;
}

/* Escapes \n, \t, \0, \\; or pairs of hexadecimal digits. Return: the length, -1 for neither. */
static int decode(const char *value, size_t length, bool hexadecimal, char *target)
{
    static const char digits[] = "0123456789abcdef";
    int used = 0;

    for (size_t i = 0; i < length; i++) {
        if (hexadecimal) {
            const char *high = strchr(digits, value[i]);
            const char *low = i + 1 < length ? strchr(digits, value[i + 1]) : NULL;

            if (high == NULL || low == NULL)
                return -1;
            target[used++] = (char)((high - digits) * 16 + (low - digits));
            i++;
        } else if (value[i] == '\\' && i + 1 < length) {
            char escaped = value[++i];

            target[used++] = (char)(escaped == 'n'   ? '\n'
                                    : escaped == 't' ? '\t'
                                    : escaped == '0' ? '\0'
                                                     : escaped);
        } else {
            target[used++] = value[i];
        }
    }
    return used;
}

static bool write_bytes(int dirfd, const char *dir, const char *name, size_t name_length,
                        mode_t mode, const char *data, size_t size)
{
    char path[PATH_SIZE * 2];
    bool written;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%.*s", dir, (int)name_length, name);
    fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode | 0600);
    if (fd < 0)
        return false;
    written = write(fd, data, size) == (ssize_t)size;
    (void)close(fd);
    return written;
}

/* "606:030e,611:00" as bytes at places of a file that is empty between them, all hexadecimal. */
static bool write_sparse(int dirfd, const char *dir, const char *name, size_t name_length,
                         mode_t mode, const char *value, const char *end)
{
    char path[PATH_SIZE * 2];
    bool good;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%.*s", dir, (int)name_length, name);
    fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode | 0600);
    good = fd >= 0;
    while (good && value < end) {
        const char *comma = memchr(value, ',', (size_t)(end - value));
        char *bytes = NULL;
        unsigned long long offset = strtoull(value, &bytes, 16);
        char data[64];
        int size = -1;

        if (comma == NULL)
            comma = end;
        if (*bytes == ':' && comma - bytes - 1 <= (ptrdiff_t)(2 * sizeof(data)))
            size = decode(bytes + 1, (size_t)(comma - bytes - 1), true, data);
        good = size > 0 && pwrite(fd, data, (size_t)size, (off_t)offset) == size;
        value = comma < end ? comma + 1 : end;
    }
    fd_closep(&fd);
    return good;
}

/* [~^%&]name[!mode][=value] in each of the directories; always writable by us, tests change it. */
static bool add_item(int dirfd, const struct tree_dirs *dirs, const char *item, size_t length)
{
    const char *equals = memchr(item, '=', length);
    const char *end = item + length;
    const char *name = item;
    const char *name_end = equals == NULL ? end : equals;
    const char *mark = memchr(name, '!', (size_t)(name_end - name));
    unsigned long mode = mark == NULL ? 0444 : strtoul(mark + 1, NULL, 8);
    char kind = strchr("~^%&", *item) != NULL ? *name++ : '=';
    char *data = malloc(length + 2);
    int size = 0;
    bool good;

    if (mark != NULL)
        name_end = mark;
    if (data == NULL || name_end <= name || (equals == NULL && kind != '^')) {
        free(data);
        return false;
    }
    if (equals != NULL && kind != '&')
        size = decode(equals + 1, (size_t)(end - equals - 1), kind == '%', data);
    if (size >= 0 && kind == '=')
        data[size++] = '\n';
    good = size >= 0;
    for (size_t i = 0; good && i < dirs->count; i++)
        good = kind == '&' ? write_sparse(dirfd, dirs->paths[i], name, (size_t)(name_end - name),
                                          (mode_t)mode, equals + 1, end)
                           : write_bytes(dirfd, dirs->paths[i], name, (size_t)(name_end - name),
                                         (mode_t)mode, data, (size_t)size);
    free(data);
    return good;
}

static bool add_items(int dirfd, const struct tree_dirs *dirs, const char *line, const char *end)
{
    for (const char *item = line; item < end;) {
        const char *bar = strstr(item, " | ");

        if (bar == NULL || bar > end)
            bar = end;
        if (!add_item(dirfd, dirs, item, (size_t)(bar - item)))
            return false;
        item = bar == end ? end : bar + 3;
    }
    return true;
}

static bool add_link(int dirfd, const char *line, const char *end)
{
    const char *arrow = memmem(line, (size_t)(end - line), " -> ", 4);
    char path[PATH_SIZE];
    char target[PATH_SIZE];

    if (arrow == NULL || end - line >= PATH_SIZE)
        return false;
    (void)snprintf(path, sizeof(path), "%.*s", (int)(arrow - line), line);
    (void)snprintf(target, sizeof(target), "%.*s", (int)(end - arrow - 4), arrow + 4);
    tree_link(dirfd, path, target);
    return true;
}

static bool add_line(int dirfd, struct tree_dirs *dirs, const char *line, const char *end)
{
    if (line == end || *line == '#')
        return true;
    if (strncmp(line, "L ", 2) == 0)
        return add_link(dirfd, line + 2, end);
    if (strncmp(line, "@ ", 2) != 0)
        return add_items(dirfd, dirs, line, end);
    dirs->count = 0;
    if (!expand(line + 2, (size_t)(end - line - 2), dirs))
        return false;
    for (size_t i = 0; i < dirs->count; i++)
        tree_mkdir(dirfd, dirs->paths[i]);
    return true;
}

bool machine_tree_build_text(int dirfd, const char *manifest)
{
    struct tree_dirs *dirs = calloc(1, sizeof(*dirs));
    bool good = dirs != NULL;

    for (const char *line = manifest; good && *line != '\0';) {
        const char *end = strchrnul(line, '\n');

        good = add_line(dirfd, dirs, line, end);
        if (!good)
            (void)fprintf(stderr, "# manifest: '%.*s'\n", (int)(end - line), line);
        line = *end == '\n' ? end + 1 : end;
    }
    free(dirs);
    return good;
}

bool machine_tree_build(int dirfd, const char *name)
{
    const char *root = getenv("AICO2_TEST_SOURCE_ROOT");
    char path[PATH_SIZE];
    char *text = NULL;
    bool good;

    (void)snprintf(path, sizeof(path), "%s/tests/machines/%s.manifest", root != NULL ? root : ".",
                   name);
    if (fs_read_all_at(AT_FDCWD, path, MANIFEST_LIMIT, &text, NULL) < 0)
        return false;
    good = machine_tree_build_text(dirfd, text);
    free(text);
    return good;
}

static int64_t fake_now(void *payload)
{
    return ((const struct fake_clock *)payload)->now_ns;
}

void machine_reopen(struct test_machine *machine)
{
    struct reader_env *env = &machine->env;

    fd_closep(&env->proc_fd);
    fd_closep(&env->sys_fd);
    fd_closep(&env->dev_fd);
    fd_closep(&env->etc_fd);
    env->proc_fd = openat(machine->fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    env->sys_fd = openat(machine->fd, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    env->dev_fd = openat(machine->fd, "dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    env->etc_fd = openat(machine->fd, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    env->root_fd = machine->fd;
}

void machine_set_up(struct test_machine *machine, const char *name)
{
    *machine = (struct test_machine){
        .fd = -1,
        .time.now_ns = NSEC_PER_SEC,
        .env = { .proc_fd = -1,
                 .sys_fd = -1,
                 .dev_fd = -1,
                 .etc_fd = -1,
                 .root_fd = -1,
                 .sysroot = true },
    };
    machine->time.clock = (struct clock){
        .mono_ns = fake_now,
        .boot_ns = fake_now,
        .wall_ns = fake_now,
        .payload = &machine->time,
    };
    machine->env.clock = &machine->time.clock;
    machine->fd = temp_dir_open(machine->path);
    if (name != NULL)
        assert_true(machine_tree_build(machine->fd, name));
    machine_reopen(machine);
}

void machine_tear_down(struct test_machine *machine)
{
    fd_closep(&machine->env.proc_fd);
    fd_closep(&machine->env.sys_fd);
    fd_closep(&machine->env.dev_fd);
    fd_closep(&machine->env.etc_fd);
    fd_closep(&machine->fd);
    temp_dir_remove(machine->path);
}

static void write_zone_file(int dirfd, const char *zone, const char *file, const char *text)
{
    char path[PATH_SIZE + NAME_SIZE];

    (void)snprintf(path, sizeof(path), "%s/%s", zone, file);
    if (text != NULL)
        tree_write(dirfd, path, text);
}

void machine_add_zone(int dirfd, const char *path, const char *name, const char *energy_uj,
                      const char *range_uj)
{
    const char *node = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const char *control =
        strncmp(node, "intel-rapl-mmio", 15) == 0 ? "intel-rapl-mmio" : "intel-rapl";
    char link[PATH_SIZE];
    char target[PATH_SIZE];
    char zone[PATH_SIZE];

    (void)snprintf(target, sizeof(target), "../../devices/virtual/powercap/%s/%s", control, path);
    (void)snprintf(link, sizeof(link), "sys/class/powercap/%s", node);
    (void)snprintf(zone, sizeof(zone), "sys/devices/virtual/powercap/%s/%s", control, path);
    tree_link(dirfd, link, target);
    tree_mkdir(dirfd, zone);
    write_zone_file(dirfd, zone, "name", name);
    write_zone_file(dirfd, zone, "energy_uj", energy_uj);
    write_zone_file(dirfd, zone, "max_energy_range_uj", range_uj);
}
