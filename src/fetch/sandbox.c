/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/sandbox.c - what a process that reads bytes of strangers gives up before (capabilities(7), landlock(7)) */
#include "fetch/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"

/* Newer than the oldest headers this is built with. */
static const uint64_t FS_REFER = UINT64_C(1) << 13;
static const uint64_t FS_TRUNCATE = UINT64_C(1) << 14;

static const uint64_t CHANGES = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
static const uint64_t OF_STORE = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG;

void sandbox_hide(void)
{
    const struct rlimit none = { 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

    for (int capability = 0; capability < 64; capability++)
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    (void)syscall(SYS_capset, &header, none);
}

static void allow_store(int ruleset, const char *writable, uint64_t handled)
{
    AICO2_CLEANUP(fd_closep) int folder = open(writable, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = (OF_STORE | FS_TRUNCATE) & handled,
        .parent_fd = folder,
    };

    if (folder >= 0)
        (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

static void forbid_changes(const char *writable)
{
    AICO2_CLEANUP(fd_closep) int ruleset = -1;
    struct landlock_ruleset_attr attributes = { .handled_access_fs =
                                                    CHANGES | LANDLOCK_ACCESS_FS_EXECUTE };
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 1)
        return;
    if (version >= 2)
        attributes.handled_access_fs |= FS_REFER;
    if (version >= 3)
        attributes.handled_access_fs |= FS_TRUNCATE;
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes,
                           sizeof(attributes.handled_access_fs), 0);
    if (ruleset < 0)
        return;
    if (writable[0] != '\0')
        allow_store(ruleset, writable, attributes.handled_access_fs);
    (void)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

void sandbox_enter(const char *writable)
{
    drop_capabilities();
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    forbid_changes(writable);
    sandbox_hide(); /* a change of credentials may have undone it */
}
