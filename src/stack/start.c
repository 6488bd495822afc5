/* SPDX-License-Identifier: Apache-2.0 */
/* stack/start.c - one service started, and on record before it begins */
#include "stack/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "stack/address.h"
#include "stack/process.h"
#include "stack/spawn.h"

enum { LOG_NAME_SIZE = 64, LAST_WORDS_SIZE = 4096 };
static const off_t LOG_MOST = 8 << 20;

static void log_name(const char *service, char name_out[LOG_NAME_SIZE])
{
    (void)snprintf(name_out, LOG_NAME_SIZE, "log/%.40s.log", service);
}

/* What it wrote before is kept, and so much of it only. */
static int open_log(const struct stack_directory *directory, const char *service)
{
    char name[LOG_NAME_SIZE], old[LOG_NAME_SIZE + 8];
    struct stat file;

    log_name(service, name);
    if (fstatat(directory->fd, name, &file, AT_SYMLINK_NOFOLLOW) == 0 && file.st_size > LOG_MOST) {
        (void)snprintf(old, sizeof(old), "%s.old", name);
        (void)renameat(directory->fd, name, directory->fd, old);
    }
    return openat(directory->fd, name,
                  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
}

static int make_words(const struct stack_plan *plan, const struct service_row *row,
                      const struct stack_service *service, struct service_words *words,
                      char *pointers[SERVICE_WORDS_MAX + 1])
{
    const struct service_call call = { .directory = plan->directory,
                                       .address = STACK_ADDRESS,
                                       .port = service->port };
    char *word;

    service_word(words, "%s", service->program);
    row->call(&call, words);
    if (words->text.failed)
        return -ENOMEM;
    word = words->text.text;
    for (size_t i = 0; i < words->count; i++) {
        pointers[i] = word;
        word += strlen(word) + 1;
    }
    pointers[words->count] = NULL;
    return 0;
}

static void tell_failure(struct stack_service *service, const struct aico2_error *err)
{
    service->state = STACK_FAILED;
    service->pid = 0;
    (void)snprintf(service->reason, sizeof(service->reason), "%s", err->message);
}

static int put_on_record(const struct stack_plan *plan, const struct stack_directory *directory,
                         struct record *record, const struct stack_service *service, pid_t pid,
                         struct aico2_error *err)
{
    struct record_entry entry = { .pid = pid,
                                  .start_ticks = process_start_ticks(plan->proc_fd, pid),
                                  .port = service->port };

    if (entry.start_ticks < 0)
        return aico2_error_set(err, -ESRCH, "cannot tell when process %d began", (int)pid);
    (void)snprintf(entry.name, sizeof(entry.name), "%s", service->name);
    (void)snprintf(entry.program, sizeof(entry.program), "%s", service->program);
    if (record_put(record, &entry) < 0)
        return aico2_error_set(err, -ENOSPC, "too many services are on record");
    return stack_record_write(directory, record, err);
}

/* The process waits until it is on record. */
static int run(const struct stack_plan *plan, const struct stack_directory *directory,
               const struct spawn *spawn, struct record *record, struct stack_service *service,
               struct aico2_error *err)
{
    struct spawned spawned = SPAWNED_NULL;
    struct aico2_error why = { 0 };
    int r = spawn_prepare(spawn, &spawned, &why);

    if (r < 0) {
        tell_failure(service, &why);
        return 0;
    }
    r = put_on_record(plan, directory, record, service, spawned.pid, err);
    if (r < 0) {
        spawn_cancel(&spawned);
        return r;
    }
    service->pid = spawned.pid;
    if (spawn_release(&spawned, spawn->program, &why) == 0) {
        service->state = STACK_STARTED;
        return 0;
    }
    tell_failure(service, &why);
    record_drop(record, service->name);
    return stack_record_write(directory, record, err);
}

int service_start(const struct stack_plan *plan, const struct service_row *row,
                  const struct stack_directory *directory, struct record *record,
                  struct stack_service *service, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int log_fd = open_log(directory, row->name);
    struct service_words words = { 0 };
    char *pointers[SERVICE_WORDS_MAX + 1];
    struct spawn spawn = { .program = service->program,
                           .words = pointers,
                           .environment =
                               row->programs[0] == NULL ? plan->own_environment : plan->environment,
                           .directory_fd = directory->fd,
                           .log_fd = log_fd };
    struct aico2_error why = { 0 };
    int r;

    if (log_fd < 0) {
        (void)aico2_error_set_errno(&why, errno, "cannot write '%s'", service->log);
        tell_failure(service, &why);
        return 0;
    }
    r = make_words(plan, row, service, &words, pointers);
    if (r < 0)
        r = aico2_error_set(err, r, "out of memory");
    else
        r = run(plan, directory, &spawn, record, service, err);
    strbuf_deinit(&words.text);
    return r;
}

void service_last_words(const struct stack_directory *directory, const char *name, char *line_out,
                        size_t size)
{
    char path[LOG_NAME_SIZE], text[LAST_WORDS_SIZE];
    AICO2_CLEANUP(fd_closep) int fd = -1;
    off_t end;
    ssize_t got;
    char *line;

    line_out[0] = '\0';
    log_name(name, path);
    fd = openat(directory->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    end = lseek(fd, 0, SEEK_END);
    got = pread(fd, text, sizeof(text) - 1,
                end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0);
    while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == ' '))
        got--;
    if (got <= 0)
        return;
    text[got] = '\0';
    line = strrchr(text, '\n');
    text_copy_clean(line_out, size, line != NULL ? line + 1 : text);
}
