/* SPDX-License-Identifier: Apache-2.0 */
/* stack/listener.c - whether a port of this machine is free, and whose it is if not */
#include "stack/listener.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"

enum { TABLE_MOST = 16 << 20, STATE_LISTEN = 0x0A, NAME_SIZE = 64 };

/* Both ends of a socket and its state, in hexadecimal: ":1F90 00000000:0000 0A". */
static bool is_listener(const char *line, int32_t port)
{
    char local[80], remote[80], state[8];
    char *colon;
    char *end;

    if (sscanf(line, " %*[0-9]: %79s %79s %7s", local, remote, state) != 3)
        return false;
    colon = strrchr(local, ':');
    if (colon == NULL || strtoul(colon + 1, &end, 16) != (unsigned long)port || *end != '\0')
        return false;
    return strtoul(state, &end, 16) == STATE_LISTEN && *end == '\0';
}

/* Of "sl local remote st queues timer retransmits uid timeout inode": the eighth and the tenth. */
static bool take_owner(const char *line, struct listener *listener_out)
{
    char uid_text[24], inode_text[24];
    uint64_t uid, inode;

    if (sscanf(line, " %*s %*s %*s %*s %*s %*s %*s %23s %*s %23s", uid_text, inode_text) != 2)
        return false;
    if (!number_parse_u64(uid_text, &uid) || uid > UINT32_MAX ||
        !number_parse_u64(inode_text, &inode))
        return false;
    *listener_out = (struct listener){ .inode = inode, .uid = (uint32_t)uid };
    return true;
}

bool listener_parse(const char *text, int32_t port, struct listener *listener_out)
{
    char line[256];

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length < sizeof(line)) {
            memcpy(line, text, length);
            line[length] = '\0';
            if (is_listener(line, port) && take_owner(line, listener_out))
                return true;
        }
        text += length + (text[length] == '\n');
    }
    return false;
}

int port_take(const char *address, int32_t port)
{
    AICO2_CLEANUP(fd_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    socklen_t size = sizeof(place);
    int yes = 1;

    if (fd < 0)
        return -errno;
    if (inet_pton(AF_INET, address, &place.sin_addr) != 1)
        return -EINVAL;
    /* as servers do: connections that have ended lately are in nobody's way, one who listens is */
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd, (const struct sockaddr *)&place, sizeof(place)) < 0 || listen(fd, 1) < 0)
        return -errno;
    if (getsockname(fd, (struct sockaddr *)&place, &size) < 0)
        return -errno;
    return ntohs(place.sin_port);
}

static bool find_listener(int proc_fd, int32_t port, struct listener *listener_out)
{
    static const char *const tables[] = { "net/tcp", "net/tcp6" };

    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
        AICO2_CLEANUP(freep) char *text = NULL;

        if (fs_read_all_at(proc_fd, tables[i], TABLE_MOST, &text, NULL) >= 0 &&
            listener_parse(text, port, listener_out))
            return true;
    }
    return false;
}

static bool holds_socket(int proc_fd, const char *pid, uint64_t inode)
{
    AICO2_CLEANUP(fs_closedirp) DIR *folder = NULL;
    char path[NAME_SIZE], wanted[NAME_SIZE], target[NAME_SIZE];
    const struct dirent *entry;

    (void)snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
    (void)snprintf(path, sizeof(path), "%.20s/fd", pid);
    folder = fs_list_at(proc_fd, path);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

        if (length <= 0)
            continue;
        target[length] = '\0';
        if (strcmp(target, wanted) == 0)
            return true;
    }
    return false;
}

static int64_t find_holder(int proc_fd, uint64_t inode)
{
    AICO2_CLEANUP(fs_closedirp) DIR *folder = fs_list_at(proc_fd, ".");
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        int64_t pid;

        if (number_parse_i64(entry->d_name, &pid) && pid > 0 &&
            holds_socket(proc_fd, entry->d_name, inode))
            return pid;
    }
    return 0;
}

int64_t port_owner(int proc_fd, int32_t port, char *text_out, size_t size)
{
    struct listener listener;
    char path[NAME_SIZE], name[NAME_SIZE], clean[NAME_SIZE];
    int64_t pid;

    (void)snprintf(text_out, size, "somebody");
    if (!find_listener(proc_fd, port, &listener))
        return 0;
    pid = find_holder(proc_fd, listener.inode);
    if (pid == 0) {
        (void)snprintf(text_out, size, "a process of user %" PRIu32 " that may not be looked at",
                       listener.uid);
        return 0;
    }
    (void)snprintf(path, sizeof(path), "%" PRId64 "/comm", pid);
    if (fs_read_text_at(proc_fd, path, name, sizeof(name), NULL) < 0)
        (void)snprintf(name, sizeof(name), "?");
    text_copy_clean(clean, sizeof(clean), name);
    (void)snprintf(text_out, size, "'%s' (pid %" PRId64 ")", clean, pid);
    return pid;
}
