/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hardware/test_powercap_rule.c - the udev rule of `aico2 doctor rapl --apply`, where it is in force */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "readers/remedy.h"
#include "support.h"

enum { SKIPPED = 77 };

static int class_fd = -1;

/* What udev has made of each zone: the group's, and nobody else's. */
static void test_zones_belong_to_the_group(void **state)
{
    const struct group *group = getgrnam("aico2");
    DIR *stream = fs_list_at(class_fd, ".");
    int zones = 0;

    (void)state;
    assert_non_null(group);
    assert_non_null(stream);
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char path[300];
        struct stat file;

        (void)snprintf(path, sizeof(path), "%s/energy_uj", entry->d_name);
        if (entry->d_name[0] == '.' || fstatat(class_fd, path, &file, 0) < 0)
            continue;
        assert_int_equal(file.st_mode & 07777, 0440);
        assert_int_equal(file.st_gid, group->gr_gid);
        zones++;
    }
    (void)closedir(stream);
    assert_true(zones > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_zones_belong_to_the_group) };
    const struct remedy *remedy = remedy_find(REMEDY_POWERCAP_GROUP);
    char rule[128];

    (void)snprintf(rule, sizeof(rule), "/etc/%s", remedy->path);
    class_fd = open("/sys/class/powercap", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (class_fd < 0 || access(rule, F_OK) < 0 ||
        faccessat(class_fd, "intel-rapl:0", F_OK, 0) < 0) {
        (void)printf("1..0 # SKIP no RAPL zones, or the rule was not applied\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests_name("powercap_rule", tests, NULL, NULL);
}
