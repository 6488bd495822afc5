/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_job_files.c - what a process has open, and which of it is a GPU */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "attribution/job_files.h"

static void test_nodes_of_nvidias_gpus_are_told_from_others(void **state)
{
    static const char *const gpus[] = { "/dev/nvmap",
                                        "/dev/nvhost-ctrl-gpu",
                                        "/dev/nvhost-gpu",
                                        "/dev/nvgpu/igpu0/ctrl",
                                        "/dev/nvidiactl",
                                        "/dev/nvidia0",
                                        "anon_inode:nvhost-gpu-fd1",
                                        "anon_inode:nvgpu-channel",
                                        "anon_inode:[nvmap-dmabuf]" };
    static const char *const others[] = {
        "/dev/nvme0n1",    "/dev/nvram",           "/dev/null",    "", "/dev/",
        "/home/dev/nvmap", "anon_inode:[eventfd]", "socket:[4711]"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(gpus) / sizeof(gpus[0]); i++)
        assert_true(job_file_is_nvidia(gpus[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(job_file_is_nvidia(others[i]));
}

static void test_the_links_of_its_descriptors_tell(void **state)
{
    char path[64];
    int fd = temp_dir_open(path);

    (void)state;
    tree_link(fd, "7/fd/0", "/dev/null");
    tree_link(fd, "7/fd/3", "socket:[1]");
    assert_int_equal(job_files_any(fd, 7, job_file_is_nvidia), 0);
    tree_link(fd, "7/fd/4", "/dev/nvmap");
    assert_int_equal(job_files_any(fd, 7, job_file_is_nvidia), 1);
    tree_write(fd, "8/fd/0", "no link"); /* as nothing of the kernel's is */
    assert_int_equal(job_files_any(fd, 8, job_file_is_nvidia), 0);
    assert_int_equal(job_files_any(fd, 9, job_file_is_nvidia), -ENOENT);
    assert_int_equal(close(fd), 0);
    temp_dir_remove(path);
}

static bool is_null(const char *target)
{
    return target[0] == '/' && target[5] == 'n' && target[6] == 'u';
}

static void test_of_ourselves(void **state)
{
    int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_true(proc_fd >= 0 && null_fd >= 0);
    assert_int_equal(job_files_any(proc_fd, getpid(), is_null), 1);
    assert_int_equal(close(null_fd), 0);
    assert_int_equal(close(proc_fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes_of_nvidias_gpus_are_told_from_others),
        cmocka_unit_test(test_the_links_of_its_descriptors_tell),
        cmocka_unit_test(test_of_ourselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
