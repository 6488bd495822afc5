/* SPDX-License-Identifier: Apache-2.0 */
/* history/connect.c - opening one database file, or making a new one appear whole */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "history/database.h"
#include "history/history.h"
#include "history/schema.h"

/* Source: sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_PAGECACHE without memory of our own; a
 * negative number is KiB. By itself SQLite takes page after page, among whatever else lies on the heap. */
void history_hold_memory(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, -DATABASE_CACHE_KIB);
}

/* SQLite gives ":memory:", "" and "file:..." meanings of their own; a path never has them. */
static char *literal_path(const char *path)
{
    struct strbuf text = { 0 };

    if (path[0] != '/')
        strbuf_add(&text, "./");
    strbuf_add(&text, path);
    return strbuf_take(&text);
}

static char *immutable_uri(const char *path)
{
    struct strbuf uri = { 0 };

    strbuf_add(&uri, "file:");
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr("%?#", *at) != NULL)
            strbuf_printf(&uri, "%%%02X", (unsigned char)*at);
        else
            strbuf_add_bytes(&uri, at, 1);
    }
    strbuf_add(&uri, "?immutable=1");
    return strbuf_take(&uri);
}

static int count_frames(void *payload, sqlite3 *connection, const char *name, int frames)
{
    struct database *database = payload;

    (void)connection;
    (void)name;
    database->wal_frames = frames;
    return SQLITE_OK;
}

static int connect_file(struct database *database, const char *name, int extra,
                        struct aico2_error *err)
{
    int flags =
        (database->flags & DATABASE_WRITE) != 0 ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    int result;

    if (name == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    result = sqlite3_open_v2(name, &database->connection,
                             flags | extra | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (result != SQLITE_OK)
        return database_error(database, result, err);
    /* SQLite falls back to reading by itself */
    if ((flags & SQLITE_OPEN_READWRITE) != 0 &&
        sqlite3_db_readonly(database->connection, "main") == 1)
        return database_error(database, SQLITE_READONLY, err);

    (void)sqlite3_extended_result_codes(database->connection, 1);
    (void)sqlite3_busy_timeout(database->connection, DATABASE_BUSY_TIMEOUT_MS);
    /* a fixed 48 KiB per connection otherwise; our statements are few and kept */
    (void)sqlite3_db_config(database->connection, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
    /* a file of somebody else's may hold views and triggers: they get no function that does anything */
    (void)sqlite3_db_config(database->connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* closing must neither wait for the disk nor touch a file found to be damaged */
    (void)sqlite3_db_config(database->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return 0;
}

static int configure(struct database *database, struct aico2_error *err)
{
    char words[128];
    int r;

    /* cache_size in KiB when negative; mmap is off unless asked for */
    (void)snprintf(words, sizeof(words),
                   "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY;"
                   "PRAGMA synchronous = NORMAL",
                   DATABASE_CACHE_KIB);
    r = database_execute(database, words, err);

    if (r == 0 && (database->flags & DATABASE_WAL) != 0 &&
        (database->flags & DATABASE_WRITE) != 0) {
        (void)sqlite3_wal_hook(database->connection, count_frames, database);
        database->checkpointed_mono_ns = clock_mono_ns();
    }
    return r;
}

static bool log_is_empty(const char *path)
{
    char name[PATH_MAX];
    struct stat status;

    if (snprintf(name, sizeof(name), "%s-wal", path) >= (int)sizeof(name))
        return false;
    return stat(name, &status) != 0 ? errno == ENOENT : status.st_size == 0;
}

static int connect_checked(struct database *database, int *version_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *name = literal_path(database->path);
    int r = connect_file(database, name, 0, err);

    if (r == 0)
        r = schema_read_version(database, version_out, err);
    if (r != -EACCES && r != -EROFS && r != -EIO && r != -ENOENT)
        return r;
    /* Where neither the log nor its index can be made, the file alone may be read, as long as it
     * holds everything. */
    if ((database->flags & DATABASE_WRITE) == 0 && access(database->path, R_OK) == 0 &&
        log_is_empty(database->path)) {
        AICO2_CLEANUP(freep) char *uri = immutable_uri(name);

        (void)sqlite3_close(database->connection);
        database->connection = NULL;
        r = connect_file(database, uri, SQLITE_OPEN_URI, err);
        if (r == 0)
            r = schema_read_version(database, version_out, err);
    }
    return r;
}

/* Reading never writes: an older file is read through a copy in memory that is brought up to date. */
static int copy_to_memory(struct database *database, struct aico2_error *err)
{
    sqlite3 *copy = NULL;
    sqlite3_backup *backup = NULL;
    int result =
        sqlite3_open_v2(":memory:", &copy,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                        NULL);

    if (result == SQLITE_OK) {
        backup = sqlite3_backup_init(copy, "main", database->connection, "main");
        result = backup == NULL ? sqlite3_errcode(copy) : sqlite3_backup_step(backup, -1);
        (void)sqlite3_backup_finish(backup); /* what went wrong is told to the copy here */
    }
    (void)sqlite3_close(database->connection);
    database->connection = copy;
    if (result != SQLITE_DONE)
        return database_error(database, result, err);
    (void)sqlite3_extended_result_codes(copy, 1);
    return schema_migrate(database, schema_migrations, SCHEMA_VERSION, err);
}

static int bring_up_to_date(struct database *database, int version, struct aico2_error *err)
{
    int r;

    if ((database->flags & DATABASE_WRITE) == 0) {
        if (version > 0)
            return copy_to_memory(database, err);
        return aico2_error_set(err, -ENODATA, "'%s' has no runs yet", database->path);
    }
    r = schema_migrate(database, schema_migrations, SCHEMA_VERSION, err);
    if (r == 0 && (database->flags & DATABASE_WAL) != 0)
        r = database_execute(database, "PRAGMA journal_mode = WAL", err);
    return r;
}

int database_open(const char *path, int flags, struct database *database_out,
                  struct aico2_error *err)
{
    struct database database = { .flags = flags };
    int version = 0;
    int r;

    database.path = strdup(path);
    if (database.path == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    r = connect_checked(&database, &version, err);
    if (r == 0 && version < SCHEMA_VERSION)
        r = bring_up_to_date(&database, version, err);
    if (r < 0) {
        database_close(&database);
        return r;
    }
    *database_out = database;
    /* the hook keeps the address */
    r = configure(database_out, err);
    if (r < 0)
        database_close(database_out);
    return r;
}

/* path: the name it will have, for messages. */
static int fill_new_file(const char *name, const char *path, int flags, struct aico2_error *err)
{
    struct database database = { .flags = flags | DATABASE_WRITE, .path = strdup(path) };
    int r;

    if (database.path == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = connect_file(&database, name, 0, err);
    if (r == 0) {
        /* one fsync by hand afterwards does; closing shall leave no log behind */
        (void)sqlite3_db_config(database.connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        r = database_execute(&database, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY",
                             err);
    }
    if (r == 0)
        r = schema_migrate(&database, schema_migrations, SCHEMA_VERSION, err);
    if (r == 0 && (flags & DATABASE_WAL) != 0)
        r = database_execute(&database, "PRAGMA journal_mode = WAL", err);
    database_close(&database);
    return r;
}

static int sync_file(const char *name)
{
    AICO2_CLEANUP(fd_closep) int fd = open(name, O_RDWR | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return -errno;
    return 0;
}

/* Gives the finished file its name, unless somebody was faster: then theirs is the one. */
static int publish(const char *name, const char *path)
{
    if (renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return unlink(name) == 0 ? 0 : -errno;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (link(name, path) < 0 && errno != EEXIST)
        return -errno;
    return unlink(name) == 0 ? 0 : -errno;
}

int database_create(const char *path, int flags, struct aico2_error *err)
{
    char unique[ULID_SIZE];
    char name[PATH_MAX];
    int fd;
    int r;

    ulid_make(unique, clock_wall_ns());
    if (snprintf(name, sizeof(name), "%s%s.%s.new", path[0] == '/' ? "" : "./", path, unique) >=
        (int)sizeof(name))
        return aico2_error_set(err, -ENAMETOOLONG, "name too long: '%s'", path);

    fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot create '%s'", path);
    (void)close(fd);

    r = fill_new_file(name, path, flags, err);
    if (r == 0) {
        r = sync_file(name);
        if (r == 0)
            r = publish(name, path);
        if (r < 0)
            (void)aico2_error_set_errno(err, -r, "cannot create '%s'", path);
    }
    if (r < 0)
        (void)unlink(name);
    return r;
}
