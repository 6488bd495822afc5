/* SPDX-License-Identifier: Apache-2.0 */
/* server/import_folder.c - --import-dir: logs that are put into a folder become runs of the history
 *
 * Events of the kernel only say when to look: what is so is what a scan finds, so that lost events (and folders that
 * have none, as on a network) cost half a minute, and nothing else.
 */
#include "server/import_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "base/thread.h"
#include "server/folder_files.h"
#include "server/import_file.h"
#include "server/say.h"
#include "session/report/build.h"

enum { STACK_BYTES = 1 << 20, CHECKS_MOST = 16, PAUSE_MS = 100 };

static const int64_t SCAN_NS = 30 * NSEC_PER_SEC;
static const int64_t STOP_NS = NSEC_PER_SEC;

struct import_folder {
    pthread_t thread;
    struct settings *settings; /* of the start; read only */
    char path[PATH_MAX];
    int stop_fd;
    /* the thread's alone */
    int inotify_fd;       /* -1: events cannot be had; scans are */
    int watch;            /* -1: the folder is not watched now */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool ended;
    bool lost; /* the folder, and it was said */
    struct folder_files files;
    size_t imported; /* runs, since the start */
};

/* --- one file --- */

static void count_run(void *payload, const struct import_outcome *outcome, struct report *report)
{
    struct import_folder *folder = payload;

    if (report == NULL)
        return; /* it is there already */
    say("--import-dir: '%.100s' is run %s", report->run.name, outcome->run_id);
    report_deinit(report);
    (void)pthread_mutex_lock(&folder->lock);
    folder->imported++;
    (void)pthread_mutex_unlock(&folder->lock);
}

/* No link, and nothing that a reader would wait for. Return: -1: not there any more, or not ours to read. */
static int open_file(int folder_fd, const char *name, struct aico2_error *err)
{
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;

    if (fd < 0) {
        (void)aico2_error_set_errno(err, errno, "cannot open '%.120s'", name);
        return -1;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    (void)close(fd);
    (void)aico2_error_set(err, -EINVAL, "'%.120s' is no file", name);
    return -1;
}

static int import_one(struct import_folder *folder, int folder_fd, const char *name,
                      struct aico2_error *err)
{
    char path[PATH_MAX + FOLDER_NAME_SIZE];
    int fd = open_file(folder_fd, name, err);
    int r;

    if (fd < 0)
        return err->code;
    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    r = import_file(folder->settings, &(struct import_source){ .path = path, .fd = fd }, count_run,
                    folder, err);
    (void)close(fd);
    return r;
}

/* A fault of the file is said once, as it is not tried again; one of ours until it is another. */
static void settle(struct import_folder *folder, struct folder_file *file, int r,
                   const struct aico2_error *err)
{
    const bool own = r < 0 && (import_fault_is_its_own(r) || r == -ELOOP);
    char reason[FOLDER_REASON_SIZE] = "";
    bool said;

    if (r < 0)
        text_copy_clean(reason, sizeof(reason), err->message);
    (void)pthread_mutex_lock(&folder->lock);
    said = strcmp(file->reason, reason) == 0;
    memcpy(file->reason, reason, sizeof(file->reason));
    file->state = r == 0 ? FOLDER_DONE : own ? FOLDER_REFUSED : FOLDER_WAITING;
    if (r < 0 && !own)
        file->changed_mono_ns = clock_mono_ns() + SCAN_NS; /* once more, then */
    (void)pthread_mutex_unlock(&folder->lock);
    if (!said)
        say_warning("--import-dir: not imported%s: %s", own ? "" : " yet", reason);
}

static bool is_stopping(const struct import_folder *folder)
{
    struct pollfd stop = { .fd = folder->stop_fd, .events = POLLIN };

    return poll(&stop, 1, 0) > 0;
}

static void import_those_that_are_whole(struct import_folder *folder, int folder_fd)
{
    struct folder_file *file;

    while (!is_stopping(folder) &&
           (file = folder_files_next(&folder->files, clock_mono_ns())) != NULL) {
        struct aico2_error err = { 0 };
        int r = import_one(folder, folder_fd, file->name, &err);

        settle(folder, file, r, &err);
    }
}

/* --- the folder --- */

static void scan(struct import_folder *folder, int folder_fd)
{
    AICO2_CLEANUP(fs_closedirp) DIR *stream = fs_list_at(folder_fd, ".");
    const int64_t now_ns = clock_mono_ns();
    const struct dirent *entry;

    if (stream == NULL)
        return;
    (void)pthread_mutex_lock(&folder->lock);
    folder_files_begin(&folder->files);
    while ((entry = readdir(stream)) != NULL) {
        struct stat status;

        if (folder_name_is_passing(entry->d_name) ||
            fstatat(folder_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(status.st_mode))
            continue;
        if (folder_files_see(&folder->files, entry->d_name, &status, now_ns) == -EFBIG &&
            !folder->files.too_many) {
            folder->files.too_many = true;
            say_warning("--import-dir '%.100s': more than %d files: the others wait until some "
                        "are gone",
                        folder->path, FOLDER_FILES_MAX);
        }
    }
    folder_files_end(&folder->files);
    (void)pthread_mutex_unlock(&folder->lock);
}

static void watch(struct import_folder *folder)
{
    if (folder->inotify_fd >= 0 && folder->watch < 0)
        folder->watch =
            inotify_add_watch(folder->inotify_fd, folder->path,
                              IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY | IN_CREATE | IN_DELETE |
                                  IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
}

static void take_event(struct import_folder *folder, const struct inotify_event *event)
{
    if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
        if ((event->mask & IN_MOVE_SELF) != 0)
            (void)inotify_rm_watch(folder->inotify_fd, folder->watch);
        folder->watch = -1;
        return;
    }
    if (event->len == 0)
        return;
    (void)pthread_mutex_lock(&folder->lock);
    if ((event->mask & (IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO)) != 0)
        folder_files_written(&folder->files, event->name, (event->mask & IN_MODIFY) == 0,
                             clock_mono_ns());
    (void)pthread_mutex_unlock(&folder->lock);
}

static void take_events(struct import_folder *folder)
{
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    ssize_t length;

    while ((length = read(folder->inotify_fd, buffer, sizeof(buffer))) > 0) {
        for (ssize_t at = 0; at < length;) {
            const struct inotify_event *event = (const void *)(buffer + at);

            take_event(folder, event);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
}

/* Return: false: it is time to end. */
static bool wait(struct import_folder *folder, int64_t most_ns)
{
    struct pollfd fds[] = {
        { .fd = folder->stop_fd, .events = POLLIN },
        { .fd = folder->inotify_fd, .events = POLLIN }, /* -1 is passed over */
    };

    (void)poll(fds, 2, (int)(most_ns / NSEC_PER_MSEC) + 1);
    if ((fds[0].revents & POLLIN) != 0)
        return false;
    if ((fds[1].revents & POLLIN) != 0) {
        (void)poll(fds, 1, PAUSE_MS); /* a writer gives many: they are taken together */
        take_events(folder);
    }
    return (fds[0].revents & POLLIN) == 0;
}

static void look(struct import_folder *folder)
{
    struct aico2_error err = { 0 };
    int folder_fd;
    bool said;

    watch(folder);
    folder_fd = fs_open_dir_at(AT_FDCWD, folder->path, &err);
    (void)pthread_mutex_lock(&folder->lock);
    said = folder->lost;
    folder->lost = folder_fd < 0;
    (void)pthread_mutex_unlock(&folder->lock);
    if (folder_fd < 0) {
        if (!said)
            say_warning("--import-dir: %s: it is looked for every 30 s", err.message);
        return;
    }
    scan(folder, folder_fd);
    import_those_that_are_whole(folder, folder_fd);
    (void)close(folder_fd);
}

static void *folder_main(void *payload)
{
    struct import_folder *folder = payload;
    int64_t wait_ns;

    do {
        look(folder);
        wait_ns = folder_files_wait_ns(&folder->files, clock_mono_ns());
    } while (wait(folder, wait_ns < SCAN_NS ? wait_ns : SCAN_NS));
    (void)pthread_mutex_lock(&folder->lock);
    folder->ended = true;
    (void)pthread_cond_signal(&folder->changed);
    (void)pthread_mutex_unlock(&folder->lock);
    return NULL;
}

/* --- from the start to the end --- */

static int find_folder(const struct settings *settings, char path_out[PATH_MAX],
                       struct aico2_error *err)
{
    const char *path = options_text(&settings->options, OPT_IMPORT_DIR);
    int fd;

    if (settings->db_path[0] == '\0')
        return aico2_error_set(err, -EINVAL,
                               "--import-dir with --no-db: there is no history to "
                               "import to");
    if (realpath(path, path_out) == NULL)
        return aico2_error_set(err, -EINVAL, "--import-dir '%.100s': %s", path, strerror(errno));
    fd = fs_open_dir_at(AT_FDCWD, path_out, NULL);
    if (fd < 0)
        return aico2_error_set(err, -EINVAL,
                               "--import-dir '%.100s': a folder that may be read is "
                               "wanted: %s",
                               path, strerror(-fd));
    (void)close(fd);
    return 0;
}

int import_folder_check(const struct settings *settings, struct aico2_error *err)
{
    char path[PATH_MAX];

    return options_text(&settings->options, OPT_IMPORT_DIR) == NULL
               ? 0
               : find_folder(settings, path, err);
}

static void folder_free(struct import_folder *folder)
{
    folder_files_deinit(&folder->files);
    fd_closep(&folder->inotify_fd);
    fd_closep(&folder->stop_fd);
    (void)pthread_cond_destroy(&folder->changed);
    (void)pthread_mutex_destroy(&folder->lock);
    settings_unref(folder->settings);
    free(folder);
}

int import_folder_start(struct import_folder **folder_out, struct settings *settings,
                        struct aico2_error *err)
{
    struct import_folder *folder;
    int r;

    *folder_out = NULL;
    if (options_text(&settings->options, OPT_IMPORT_DIR) == NULL)
        return 0;
    folder = calloc(1, sizeof(*folder));
    if (folder == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    folder->settings = settings_ref(settings);
    folder->watch = -1;
    (void)pthread_mutex_init(&folder->lock, NULL);
    thread_condition_init(&folder->changed);
    folder->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    folder->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = folder->stop_fd < 0 ? aico2_error_set_errno(err, errno, "cannot watch a folder")
                            : find_folder(settings, folder->path, err);
    if (r == 0) {
        watch(folder); /* what is written from now on is seen from its beginning */
        r = thread_start(&folder->thread, STACK_BYTES, folder_main, folder);
        if (r < 0)
            (void)aico2_error_set_errno(err, -r, "cannot start a thread");
    }
    if (r < 0) {
        folder_free(folder);
        return r;
    }
    *folder_out = folder;
    return 0;
}

void import_folder_stop(struct import_folder *folder)
{
    const uint64_t one = 1;
    const int64_t until_ns = clock_mono_ns() + STOP_NS;
    bool ended;

    if (folder == NULL)
        return;
    if (write(folder->stop_fd, &one, sizeof(one)) < 0)
        say_warning("cannot stop watching a folder: %s", strerror(errno));
    (void)pthread_mutex_lock(&folder->lock);
    while (!folder->ended &&
           thread_wait_until(&folder->changed, &folder->lock, until_ns) != -ETIMEDOUT)
        ;
    ended = folder->ended;
    (void)pthread_mutex_unlock(&folder->lock);
    if (!ended) {
        say_warning("--import-dir: the file in hand was not read to its end: the next start does");
        return; /* the process ends, and what is half stored is undone by the database */
    }
    (void)pthread_join(folder->thread, NULL);
    folder_free(folder);
}

/* --- what doctor tells --- */

static struct sensor_check check_of(enum reader_state state)
{
    struct sensor_check check = {
        .sensor = "import-dir",
        .reader = "import-dir",
        .summary = "logs of other programs that are put into a folder",
        .state = state,
        .domain = DEVICE_OTHER,
        .band_now = NAN,
        .band_then = NAN,
        .band_others = NAN,
    };

    return check;
}

static size_t describe(struct import_folder *folder, struct sensor_check checks[CHECKS_MOST])
{
    size_t count = 1;
    size_t refused = 0;
    size_t waiting = 0;

    for (size_t i = 0; i < folder->files.count; i++) {
        const struct folder_file *file = &folder->files.items[i];

        waiting += file->state == FOLDER_WAITING;
        if (file->reason[0] == '\0')
            continue;
        refused++;
        if (count == CHECKS_MOST)
            continue;
        checks[count] = check_of(READER_BROKEN);
        text_copy_clean(checks[count++].reason, sizeof(checks->reason), file->reason);
    }
    checks[0] = check_of(folder->lost ? READER_ABSENT : READER_USED);
    (void)snprintf(checks[0].reason, sizeof(checks->reason),
                   "%.80s: %zu files, %zu waiting, %zu refused; %zu runs imported", folder->path,
                   folder->files.count, waiting, refused, folder->imported);
    return count;
}

int import_folder_add_checks(struct import_folder *folder, struct doctor *doctor)
{
    struct sensor_check checks[CHECKS_MOST];
    struct sensor_check *grown;
    size_t count;

    if (folder == NULL)
        return 0;
    (void)pthread_mutex_lock(&folder->lock);
    count = describe(folder, checks);
    (void)pthread_mutex_unlock(&folder->lock);
    grown = realloc(doctor->checks, (doctor->check_count + count) * sizeof(*grown));
    if (grown == NULL)
        return -ENOMEM;
    memcpy(grown + doctor->check_count, checks, count * sizeof(*checks));
    doctor->checks = grown;
    doctor->check_count += count;
    return 0;
}
