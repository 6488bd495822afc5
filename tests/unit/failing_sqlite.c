/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/failing_sqlite.c - the faults that SQLite meets, and the calls during which it does (--wrap) */
#include "failing_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "support.h"

static enum sqlite_fault chosen;
static enum sqlite_fault met; /* in the call that goes on */
static long calls;
static long first;
static long met_first; /* the call that first met it; -1 none */
static bool is_lasting;

void sqlite_fault_begin(enum sqlite_fault fault, long n, bool lasting)
{
    chosen = fault;
    calls = 0;
    first = n;
    met_first = -1;
    is_lasting = lasting;
}

long sqlite_fault_end(void)
{
    chosen = SQLITE_FAULT_NONE;
    return met_first;
}

static bool meets(enum sqlite_fault fault)
{
    if (met == fault && met_first < 0)
        met_first = calls - 1;
    return met == fault;
}

static void enter(void)
{
    long call = calls++;

    met = call >= first && (is_lasting || met_first < 0) ? chosen : SQLITE_FAULT_NONE;
}

static int leave(int result)
{
    met = SQLITE_FAULT_NONE;
    return result;
}

/* --- below SQLite --- */

static sqlite3_mem_methods memory;

static void *failing_malloc(int size)
{
    return meets(SQLITE_FAULT_MEMORY) ? NULL : memory.xMalloc(size);
}

static void *failing_realloc(void *old, int size)
{
    return meets(SQLITE_FAULT_MEMORY) ? NULL : memory.xRealloc(old, size);
}

static int refuse(int errnum)
{
    errno = errnum;
    return -1;
}

static ssize_t failing_write(int fd, const void *bytes, size_t size)
{
    return meets(SQLITE_FAULT_FULL) ? refuse(ENOSPC) : write(fd, bytes, size);
}

static ssize_t failing_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return meets(SQLITE_FAULT_FULL) ? refuse(ENOSPC) : pwrite(fd, bytes, size, offset);
}

static ssize_t failing_read(int fd, void *bytes, size_t size)
{
    return meets(SQLITE_FAULT_READING) ? refuse(EIO) : read(fd, bytes, size);
}

static ssize_t failing_pread(int fd, void *bytes, size_t size, off_t offset)
{
    return meets(SQLITE_FAULT_READING) ? refuse(EIO) : pread(fd, bytes, size, offset);
}

/* SQLite's unix VFS gives it a lock or nothing. */
static int failing_fcntl(int fd, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (command == F_SETLK && ((struct flock *)argument)->l_type != F_UNLCK &&
        meets(SQLITE_FAULT_LOCKED))
        return refuse(EAGAIN);
    return fcntl(fd, command, argument);
}

static int sleep_not(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

void sqlite_fault_install(void)
{
    static const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } system_calls[] = {
        { "write", (sqlite3_syscall_ptr)failing_write },
        { "pwrite", (sqlite3_syscall_ptr)failing_pwrite },
        { "pwrite64", (sqlite3_syscall_ptr)failing_pwrite },
        { "read", (sqlite3_syscall_ptr)failing_read },
        { "pread", (sqlite3_syscall_ptr)failing_pread },
        { "pread64", (sqlite3_syscall_ptr)failing_pread },
        { "fcntl", (sqlite3_syscall_ptr)failing_fcntl },
    };
    sqlite3_mem_methods methods;
    sqlite3_vfs *vfs;

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory), SQLITE_OK);
    methods = memory;
    methods.xMalloc = failing_malloc;
    methods.xRealloc = failing_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    vfs = sqlite3_vfs_find(NULL);
    assert_non_null(vfs);
    /* which of a kind there are, its builder chose: the others cannot be set */
    for (size_t i = 0; i < sizeof(system_calls) / sizeof(system_calls[0]); i++) {
        if (vfs->xGetSystemCall(vfs, system_calls[i].name) != NULL)
            (void)vfs->xSetSystemCall(vfs, system_calls[i].name, system_calls[i].call);
    }
    vfs->xSleep = sleep_not;
}

/* --- above it: where the linker sends what our code calls --- */

int __real_sqlite3_busy_timeout(sqlite3 *connection, int milliseconds);
int __wrap_sqlite3_busy_timeout(sqlite3 *connection, int milliseconds);
int __real_sqlite3_open_v2(const char *name, sqlite3 **out, int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *name, sqlite3 **out, int flags, const char *vfs);
int __real_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int size, sqlite3_stmt **out,
                              const char **rest);
int __wrap_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int size, sqlite3_stmt **out,
                              const char **rest);
int __real_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement);
int __real_sqlite3_exec(sqlite3 *connection, const char *sql, sqlite3_callback each, void *payload,
                        char **message);
int __wrap_sqlite3_exec(sqlite3 *connection, const char *sql, sqlite3_callback each, void *payload,
                        char **message);
sqlite3_backup *__real_sqlite3_backup_init(sqlite3 *to, const char *to_name, sqlite3 *from,
                                           const char *from_name);
sqlite3_backup *__wrap_sqlite3_backup_init(sqlite3 *to, const char *to_name, sqlite3 *from,
                                           const char *from_name);
int __real_sqlite3_backup_step(sqlite3_backup *backup, int pages);
int __wrap_sqlite3_backup_step(sqlite3_backup *backup, int pages);
int __real_sqlite3_wal_checkpoint_v2(sqlite3 *connection, const char *name, int mode, int *frames,
                                     int *moved);
int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *connection, const char *name, int mode, int *frames,
                                     int *moved);

int __wrap_sqlite3_busy_timeout(sqlite3 *connection, int milliseconds)
{
    (void)milliseconds;
    return __real_sqlite3_busy_timeout(connection, 0);
}

int __wrap_sqlite3_open_v2(const char *name, sqlite3 **out, int flags, const char *vfs)
{
    enter();
    return leave(__real_sqlite3_open_v2(name, out, flags, vfs));
}

int __wrap_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int size, sqlite3_stmt **out,
                              const char **rest)
{
    enter();
    return leave(__real_sqlite3_prepare_v2(connection, sql, size, out, rest));
}

int __wrap_sqlite3_step(sqlite3_stmt *statement)
{
    enter();
    return leave(__real_sqlite3_step(statement));
}

int __wrap_sqlite3_exec(sqlite3 *connection, const char *sql, sqlite3_callback each, void *payload,
                        char **message)
{
    enter();
    return leave(__real_sqlite3_exec(connection, sql, each, payload, message));
}

sqlite3_backup *__wrap_sqlite3_backup_init(sqlite3 *to, const char *to_name, sqlite3 *from,
                                           const char *from_name)
{
    sqlite3_backup *backup;

    enter();
    backup = __real_sqlite3_backup_init(to, to_name, from, from_name);
    (void)leave(0);
    return backup;
}

int __wrap_sqlite3_backup_step(sqlite3_backup *backup, int pages)
{
    enter();
    return leave(__real_sqlite3_backup_step(backup, pages));
}

int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *connection, const char *name, int mode, int *frames,
                                     int *moved)
{
    enter();
    return leave(__real_sqlite3_wal_checkpoint_v2(connection, name, mode, frames, moved));
}
