/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/privilege.c - what this process may do: little while it opens, nothing when it answers */
#include "sensord/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/number.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif

enum { CAPABILITIES_MAX = 64 };

typedef struct __user_cap_data_struct capability_words[_LINUX_CAPABILITY_U32S_3];

int privilege_find_user(const char *name, struct privilege_user *user_out, struct aico2_error *err)
{
    const struct passwd *entry;
    uint64_t number;

    if (number_parse_u64(name, &number) && number > 0 && number < UINT32_MAX) {
        *user_out = (struct privilege_user){ .uid = (uid_t)number, .gid = (gid_t)number };
        return 0;
    }
    entry = getpwnam(name);
    if (entry == NULL)
        return aico2_error_set(err, -ENOENT, "--user '%.40s': there is no such user", name);
    if (entry->pw_uid == 0)
        return aico2_error_set(err, -EINVAL, "--user '%.40s': root is who we stop being", name);
    *user_out = (struct privilege_user){ .uid = entry->pw_uid, .gid = entry->pw_gid };
    return 0;
}

static int read_capabilities(capability_words words)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

    return syscall(SYS_capget, &header, words) < 0 ? -errno : 0;
}

static int set_capabilities(const capability_words words)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

    return syscall(SYS_capset, &header, words) < 0 ? -errno : 0;
}

static void keep(capability_words words, const capability_words have, int capability)
{
    uint32_t bit = UINT32_C(1) << (capability % 32);

    words[capability / 32].permitted |= have[capability / 32].permitted & bit;
    words[capability / 32].effective = words[capability / 32].permitted;
}

int privilege_keep(bool registers, struct aico2_error *err)
{
    capability_words have = { { 0 } };
    capability_words words = { { 0 } };
    int r = read_capabilities(have);

    if (r == 0) {
        keep(words, have, CAP_DAC_READ_SEARCH);
        keep(words, have, CAP_PERFMON);
        if (registers)
            keep(words, have, CAP_SYS_RAWIO);
        if (geteuid() == 0) { /* to become somebody else */
            keep(words, have, CAP_SETUID);
            keep(words, have, CAP_SETGID);
            keep(words, have, CAP_SETPCAP);
        }
        r = set_capabilities(words);
    }
    return r < 0 ? aico2_error_set_errno(err, -r, "cannot give up capabilities") : 0;
}

static int become(const struct privilege_user *user, struct aico2_error *err)
{
    if (geteuid() != 0 && getuid() != 0)
        return 0;
    if (setgroups(0, NULL) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
        setresuid(user->uid, user->uid, user->uid) < 0)
        return aico2_error_set_errno(err, errno, "cannot become user %u", (unsigned)user->uid);
    return 0;
}

/* Whatever came of the steps before. */
static int check(struct aico2_error *err)
{
    capability_words words = { { 0 } };
    int r = read_capabilities(words);

    if (r < 0)
        return aico2_error_set_errno(err, -r, "cannot read our capabilities");
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        if (words[i].permitted != 0 || words[i].effective != 0 || words[i].inheritable != 0)
            return aico2_error_set(err, -EPERM, "capabilities are left over");
    }
    if (geteuid() == 0 || getuid() == 0)
        return aico2_error_set(err, -EPERM, "still root");
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return aico2_error_set(err, -EPERM, "new privileges could be had");
    return 0;
}

int privilege_drop(const struct privilege_user *user, struct aico2_error *err)
{
    const capability_words none = { { 0 } };
    const struct rlimit no_core = { 0 };
    int r;

    for (int capability = 0; capability < CAPABILITIES_MAX; capability++)
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0); /* root's to do; else the unit's */
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    r = become(user, err);
    if (r < 0)
        return r;
    r = set_capabilities(none);
    if (r < 0)
        return aico2_error_set_errno(err, -r, "cannot give up capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return aico2_error_set_errno(err, errno, "cannot rule out new privileges");
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return check(err);
}
