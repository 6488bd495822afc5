/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/faults/test_hostile_files.c - R15: every file of every machine of tests/machines is empty, cut, a megabyte, binary or gone,
 * and every read of it is interrupted, short or refused: what cannot be read is said, and no figure is made up
 *
 * With `make test` each file is corrupted in one way by chance, with AICO2_TEST_ALL=1 in each way. Undefined behaviour is the sanitizers'
 * to find: this runs in both builds.
 */
#include "../unit/machine_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "readers/gauges.h"
#include "readers/machine.h"

enum { FILES_MAX = 20000, SAMPLES_MAX = 1024, LONG_BYTES = 1 << 20 };

/* --- the system calls that our own code makes, as they fail --- */

enum fault { NO_FAULT, INTERRUPTED, SHORT, REFUSED };

static enum fault fault;
static int refusal;      /* errno of REFUSED */
static long reads;       /* so far */
static long faulty = -1; /* the read that fails; -1 every one */
static bool was_interrupted;
static long reads_of_all; /* machines, undisturbed */
static long corrupted;    /* files */

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __real_pread64(int fd, void *buffer, size_t size, off_t offset);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_pread64(int fd, void *buffer, size_t size, off_t offset);

/* Whether this call fails; errno is set. */
static bool fails(void)
{
    bool mine = faulty < 0 || reads == faulty;

    reads++;
    if (fault == REFUSED && mine) {
        errno = refusal;
        return true;
    }
    /* a signal comes once, and not again and again to the same call */
    was_interrupted = fault == INTERRUPTED && mine && !was_interrupted;
    if (was_interrupted)
        errno = EINTR;
    return was_interrupted;
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    return fails() ? -1
                   : __real_read(fd, buffer, fault == SHORT && size > 8 ? 1 + size / 100 : size);
}

/* What pread() is with offsets of 64 bits, which Meson asks for. Short: half of what there is, of texts; a register
 * comes whole or not at all. */
ssize_t __wrap_pread64(int fd, void *buffer, size_t size, off_t offset)
{
    ssize_t there;

    if (fails())
        return -1;
    there = __real_pread64(fd, buffer, size, offset);
    return fault == SHORT && there > 8 ? there / 2 : there;
}

/* --- chance --- */

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(2685821657736338717);
}

/* --- what must hold of whatever is read --- */

static void assert_text(const char *text, size_t size, const char *what)
{
    if (memchr(text, '\0', size) == NULL)
        fail_msg("%s: a text without an end", what);
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            fail_msg("%s: a control character in a text", what);
    }
}

static bool is_power(double watts)
{
    return isnan(watts) || (watts >= 0 && watts < 1e9);
}

static void assert_device(const struct device *device, const char *what)
{
    assert_text(device->id, sizeof(device->id), what);
    assert_text(device->model, sizeof(device->model), what);
    assert_text(device->uuid, sizeof(device->uuid), what);
    assert_text(device->note, sizeof(device->note), what);
    if (device->id[0] == '\0' || !is_power(device->rated_watts) || !is_power(device->idle_watts) ||
        !is_power(device->max_watts) || !(isnan(device->band_ratio) || device->band_ratio >= 0) ||
        !(device->threads >= 0))
        fail_msg("%s: device '%s': %g W, %g to %g W, band %g, %g threads", what, device->id,
                 device->rated_watts, device->idle_watts, device->max_watts, device->band_ratio,
                 device->threads);
}

static void assert_sample(const struct sample *sample, const char *what)
{
    if (sample->error > 0 || sample->error < -4095 ||
        (sample->error != 0 && (sample->valid & SAMPLE_ENERGY) != 0))
        fail_msg("%s: error %d with figures %#x", what, sample->error, sample->valid);
    if ((sample->valid & SAMPLE_POWER) != 0 &&
        !(sample->power_watts >= 0 && sample->power_watts < 1e9))
        fail_msg("%s: %g W", what, sample->power_watts);
    if ((sample->valid & SAMPLE_UTILIZATION) != 0 &&
        !(sample->utilization_ratio >= 0 && sample->utilization_ratio <= 1))
        fail_msg("%s: %g busy", what, sample->utilization_ratio);
    if ((sample->valid & SAMPLE_BUSY) != 0 && sample->busy_ns < 0)
        fail_msg("%s: busy for %" PRId64 " ns", what, sample->busy_ns);
}

/* --- reading a machine --- */

struct told {
    size_t devices;
    uint64_t digest; /* of what the devices are called and their first figures */
};

static void digest(struct told *told, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        told->digest = (told->digest ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
}

static void read_samples(const struct reader_driver *driver, struct reader *reader,
                         struct told *told, const char *what)
{
    static struct sample samples[SAMPLES_MAX];

    assert_true(reader->device_count <= SAMPLES_MAX);
    memset(samples, 0, sizeof(samples));
    driver->read(reader, samples);
    for (size_t i = 0; i < reader->device_count; i++) {
        assert_sample(&samples[i], what);
        digest(told, &samples[i].valid, sizeof(samples[i].valid));
        if ((samples[i].valid & SAMPLE_ENERGY) != 0)
            digest(told, &samples[i].energy_uj, sizeof(samples[i].energy_uj));
    }
}

struct opened {
    struct reader *readers[32];
    size_t count;
};

static struct told open_readers(struct test_machine *machine, struct opened *opened,
                                const char *what)
{
    struct told told = { .digest = UINT64_C(14695981039346656037) };

    opened->count = 0;
    for (size_t i = 0; reader_drivers[i] != NULL; i++) {
        const struct reader_driver *driver = reader_drivers[i];
        struct reader_status status = { 0 };
        struct reader *reader = NULL;
        struct aico2_error err = { 0 };

        if (driver->probe(&machine->env, &reader, &status, &err) < 0)
            fail_msg("%s: %s: %s", what, driver->name, err.message);
        assert_text(status.reason, sizeof(status.reason), what);
        assert_text(status.detail, sizeof(status.detail), what);
        /* nothing found is said why */
        if (reader == NULL && status.state == READER_USED)
            fail_msg("%s: %s reads nothing, and says nothing", what, driver->name);
        if (reader == NULL)
            continue;
        told.devices += reader->device_count;
        for (size_t j = 0; j < reader->device_count; j++) {
            assert_device(&reader->devices[j], what);
            digest(&told, reader->devices[j].id, strlen(reader->devices[j].id));
        }
        read_samples(driver, reader, &told, what);
        opened->readers[opened->count++] = reader;
    }
    return told;
}

static void read_opened(struct test_machine *machine, struct opened *opened, const char *what)
{
    struct told told = { 0 };

    machine->time.now_ns += NSEC_PER_SEC;
    for (size_t i = 0; i < opened->count; i++)
        read_samples(opened->readers[i]->driver, opened->readers[i], &told, what);
}

static void close_readers(struct opened *opened)
{
    for (size_t i = 0; i < opened->count; i++)
        opened->readers[i]->driver->close(opened->readers[i]);
    opened->count = 0;
}

static void read_facts(struct test_machine *machine, const char *what)
{
    struct gauges *gauges = NULL;
    const struct gauge *items = NULL;
    struct machine facts;
    size_t count = 0;

    machine_read(&machine->env, &facts);
    assert_text(facts.hostname, sizeof(facts.hostname), what);
    assert_text(facts.cpu_model, sizeof(facts.cpu_model), what);
    assert_true(facts.threads >= 1 && facts.sockets >= 1);
    assert_int_equal(gauges_new(&machine->env, &gauges), 0);
    assert_int_equal(gauges_read(gauges, &items, &count), 0);
    for (size_t i = 0; i < count; i++)
        assert_text(items[i].name, sizeof(items[i].name), what);
    gauges_free(gauges);
}

static struct told read_machine(struct test_machine *machine, const char *what)
{
    struct opened opened;
    struct told told = open_readers(machine, &opened, what);

    read_opened(machine, &opened, what);
    close_readers(&opened);
    read_facts(machine, what);
    return told;
}

/* --- the machines and their files --- */

static char *files[FILES_MAX];
static size_t file_count;

static int add_file(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)where;
    if (kind == FTW_F && file_count < FILES_MAX)
        files[file_count++] = strdup(path);
    return 0;
}

static void list_files(const struct test_machine *machine)
{
    for (size_t i = 0; i < file_count; i++)
        free(files[i]);
    file_count = 0;
    assert_int_equal(nftw(machine->path, add_file, 16, FTW_PHYS), 0);
    assert_true(file_count > 0 && file_count < FILES_MAX);
}

typedef void machine_fn(struct test_machine *machine, const char *name);

static void each_machine(machine_fn *check)
{
    const char *root = getenv("AICO2_TEST_SOURCE_ROOT");
    char folder[512];
    struct dirent *entry;
    DIR *stream;
    int machines = 0;

    (void)snprintf(folder, sizeof(folder), "%s/tests/machines", root != NULL ? root : ".");
    stream = opendir(folder);
    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        char *dot = strstr(entry->d_name, ".manifest");
        struct test_machine machine;

        if (dot == NULL)
            continue;
        *dot = '\0';
        machine_set_up(&machine, entry->d_name);
        check(&machine, entry->d_name);
        machine_tear_down(&machine);
        machines++;
    }
    (void)closedir(stream);
    assert_true(machines > 20);
}

/* --- corruptions --- */

enum corruption { EMPTY, CUT, MEGABYTE, BINARY, NEGATIVE, HUGE_NUMBER, GONE, CORRUPTIONS };

static const char *const corruption_names[] = { "empty",  "cut",      "a megabyte",
                                                "binary", "negative", "too large a number",
                                                "gone" };

struct content {
    char *bytes;
    size_t size;
    mode_t mode;
};

static struct content load(const char *path)
{
    struct content content = { 0 };
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0 && fstat(fd, &status) == 0);
    /* MSRs: a sparse file, whose size is no matter of its text */
    content.size = status.st_size > LONG_BYTES ? LONG_BYTES : (size_t)status.st_size;
    content.mode = status.st_mode & 07777;
    content.bytes = malloc(content.size + 1);
    assert_non_null(content.bytes);
    assert_int_equal(pread(fd, content.bytes, content.size, 0), (ssize_t)content.size);
    (void)close(fd);
    return content;
}

/* In place, as the kernel changes its files: who has it open reads the new text. */
static void store(const char *path, const char *bytes, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    (void)close(fd);
}

static void corrupt(const char *path, enum corruption corruption, const struct content *content)
{
    static char line[LONG_BYTES];

    switch (corruption) {
    case EMPTY:
        store(path, "", 0, content->mode);
        break;
    case CUT:
        store(path, content->bytes, content->size > 1 ? next_random() % content->size : 0,
              content->mode);
        break;
    case MEGABYTE:
        memset(line, next_random() % 2 == 0 ? '9' : 'a', sizeof(line));
        store(path, line, sizeof(line), content->mode);
        break;
    case BINARY:
        for (size_t i = 0; i < 4096; i++)
            line[i] = (char)next_random();
        store(path, line, 1 + next_random() % 4096, content->mode);
        break;
    case NEGATIVE:
        store(path, "-1\n", 3, content->mode);
        break;
    case HUGE_NUMBER:
        store(path, "18446744073709551616\n", 21, content->mode);
        break;
    default:
        assert_int_equal(unlink(path), 0);
    }
}

static void corrupt_one(struct test_machine *machine, const char *name, const char *path,
                        enum corruption corruption, struct opened *opened)
{
    struct content content = load(path);
    char what[512];

    (void)snprintf(what, sizeof(what), "%s: %s %s", name, path + strlen(machine->path),
                   corruption_names[corruption]);
    corrupt(path, corruption, &content);
    corrupted++;
    read_opened(machine, opened, what); /* in the middle of a run */
    (void)read_machine(machine, what);  /* and from the start */
    store(path, content.bytes, content.size, content.mode);
    free(content.bytes);
}

static void corrupt_each(struct test_machine *machine, const char *name)
{
    bool all = getenv("AICO2_TEST_ALL") != NULL;
    struct opened opened;

    list_files(machine);
    (void)open_readers(machine, &opened, name);
    for (size_t i = 0; i < file_count; i++) {
        if (all) {
            for (int corruption = 0; corruption < CORRUPTIONS; corruption++)
                corrupt_one(machine, name, files[i], (enum corruption)corruption, &opened);
        } else if (next_random() % 4 == 0) {
            corrupt_one(machine, name, files[i], (enum corruption)(next_random() % CORRUPTIONS),
                        &opened);
        }
    }
    close_readers(&opened);
}

static void test_each_file_may_hold_anything(void **state)
{
    (void)state;
    fault = NO_FAULT;
    each_machine(corrupt_each);
    print_message("%ld files corrupted\n", corrupted);
    assert_true(corrupted > 300);
}

/* What a signal interrupts is read again, and what comes byte by byte is read whole: all is as ever. */
static void disturb(struct test_machine *machine, const char *name)
{
    static const enum fault harmless[] = { INTERRUPTED, SHORT };
    struct told calm = read_machine(machine, name);

    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        struct told told;

        fault = harmless[i];
        told = read_machine(machine, name);
        fault = NO_FAULT;
        if (told.devices != calm.devices || told.digest != calm.digest)
            fail_msg("%s: %zu devices in place of %zu when reads are %s", name, told.devices,
                     calm.devices, harmless[i] == SHORT ? "short" : "interrupted");
    }
}

static void test_interrupted_and_short_reads_change_nothing(void **state)
{
    (void)state;
    fault = NO_FAULT;
    each_machine(disturb);
}

/* The device goes, or the disk fails, at one read or at all of them. */
static void refuse(struct test_machine *machine, const char *name)
{
    static const int refusals[] = { ENODEV, EIO, ENODATA, EACCES, EAGAIN };
    long count;

    reads = 0;
    (void)read_machine(machine, name);
    count = reads;
    reads_of_all += count;
    fault = REFUSED;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        refusal = refusals[i];
        faulty = -1;
        (void)read_machine(machine, name);
        for (int tries = getenv("AICO2_TEST_ALL") != NULL ? 200 : 5; tries > 0; tries--) {
            reads = 0;
            faulty = (long)(next_random() % (uint64_t)(count + 1));
            (void)read_machine(machine, name);
        }
    }
    fault = NO_FAULT;
    faulty = -1;
}

static void test_refused_reads_are_no_figures(void **state)
{
    (void)state;
    fault = NO_FAULT;
    each_machine(refuse);
    print_message("%ld reads\n", reads_of_all);
    assert_true(reads_of_all >
                1000); /* else they are made in another way, and nothing was refused */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interrupted_and_short_reads_change_nothing),
        cmocka_unit_test(test_refused_reads_are_no_figures),
        cmocka_unit_test(test_each_file_may_hold_anything),
    };
    const char *seed = getenv("AICO2_TEST_SEED");

    random_state = seed != NULL ? strtoull(seed, NULL, 10) + 1 : (uint64_t)time(NULL);
    print_message("AICO2_TEST_SEED=%" PRIu64 "\n", random_state - 1);
    return cmocka_run_group_tests_name("hostile_files", tests, NULL, NULL);
}
