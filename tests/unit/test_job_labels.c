/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_job_labels.c - batch jobs, pods and containers by their control groups and environment */
#include "machine_tree.h"

#include <stdio.h>
#include <string.h>

#include "model/labels.h"
#include "readers/job_labels.h"

/* --- paths: as Kepler's and CEEMS' own tests have them, and as Slurm names its groups --- */

struct path_case {
    const char *text;
    struct job_ids ids;
};

static void assert_ids(const struct job_ids *found, const struct job_ids *expected)
{
    assert_string_equal(found->slurm_job, expected->slurm_job);
    assert_string_equal(found->slurm_step, expected->slurm_step);
    assert_string_equal(found->slurm_node, expected->slurm_node);
    assert_string_equal(found->pod_uid, expected->pod_uid);
    assert_string_equal(found->container_id, expected->container_id);
    assert_string_equal(found->runtime, expected->runtime);
}

static void test_group_paths(void **state)
{
    static const struct path_case cases[] = {
        { "0::/kubepods.slice/kubepods-burstable.slice/"
          "kubepods-burstable-pod2c9f8a79_5391_454b_88cb_86190881cb96.slice/"
          "crio-a09343ca97901516c25036e2b954421254f8c68b384b536064e8999f0c4ed18d.scope\n",
          { .pod_uid = "2c9f8a79-5391-454b-88cb-86190881cb96",
            .container_id = "a09343ca97901516c25036e2b954421254f8c68b384b536064e8999f0c4ed18d",
            .runtime = "cri-o" } },
        { "0::/kubepods.slice/kubepods-pod7922aa99_d4aa_4885_a953_82976860b23a.slice/"
          "crio-1c33afbc9e5aa6c69150d1af05254b562a4b17c313fc6153e3625cf456922bfe.scope",
          { .pod_uid = "7922aa99-d4aa-4885-a953-82976860b23a",
            .container_id = "1c33afbc9e5aa6c69150d1af05254b562a4b17c313fc6153e3625cf456922bfe",
            .runtime = "cri-o" } },
        { "11:blkio:/kubepods/burstable/podf6adb0af-0855-4bab-b25b-c853f18d0ce2/"
          "35b97177dada20362ab90d90ac63cd54e8a41cf87bea34f270631b6da17f4a93\n",
          { .pod_uid = "f6adb0af-0855-4bab-b25b-c853f18d0ce2",
            .container_id = "35b97177dada20362ab90d90ac63cd54e8a41cf87bea34f270631b6da17f4a93" } },
        { "13:memory:/system.slice/containerd.service/"
          "kubepods-besteffort-pod0043435f_1854_4327_b76b_730f681a781d.slice:cri-containerd:"
          "01fd96f7ad292b02a8317cde4ecb8c7ef3cc06ffdd113f13410e0837eb2b2a20\n",
          { .pod_uid = "0043435f-1854-4327-b76b-730f681a781d",
            .container_id = "01fd96f7ad292b02a8317cde4ecb8c7ef3cc06ffdd113f13410e0837eb2b2a20",
            .runtime = "containerd" } },
        { "13:hugetlb:/system.slice/"
          "docker-2fa3e04b676df750842faf017052dd37ea0cc5bc7259a3487a1718c7fe100c94.scope\n",
          { .container_id = "2fa3e04b676df750842faf017052dd37ea0cc5bc7259a3487a1718c7fe100c94",
            .runtime = "docker" } },
        { "0::/machine.slice/"
          "libpod-06dc5f321aad8726aa26559f16ec203bc099245bc44894b14a89fc02b022d1d5.scope/"
          "container\n",
          { .container_id = "06dc5f321aad8726aa26559f16ec203bc099245bc44894b14a89fc02b022d1d5",
            .runtime = "podman" } },
        /* kind: a node that is a container itself; the innermost is ours */
        { "0::/docker/1111111111111111111111111111111111111111111111111111111111111111/kubelet/"
          "kubepods/pod2c9f8a79-5391-454b-88cb-86190881cb96/"
          "2222222222222222222222222222222222222222222222222222222222222222\n",
          { .pod_uid = "2c9f8a79-5391-454b-88cb-86190881cb96",
            .container_id = "2222222222222222222222222222222222222222222222222222222222222222" } },
        { "8:pids:/\n4:cpu,cpuacct:/slurm/uid_1000/job_211/step_0/task_0\n0::/\n",
          { .slurm_job = "211", .slurm_step = "0" } },
        { "4:cpuacct:/slurm_n7/uid_1000/job_211/step_batch/task_0\n",
          { .slurm_job = "211", .slurm_step = "batch", .slurm_node = "n7" } },
        { "0::/system.slice/slurmstepd.scope/job_17/step_interactive/user/task_0\n",
          { .slurm_job = "17", .slurm_step = "interactive" } },
        { "0::/system.slice/n7_slurmstepd.scope/job_17/step_0/user/task_0\n",
          { .slurm_job = "17", .slurm_step = "0", .slurm_node = "n7" } },
        { "0::/lxc.payload.web/system.slice\n", { .container_id = "web", .runtime = "lxc" } },
        /* nothing of all that */
        { "0::/user.slice/user-1000.slice/session-3.scope\n", { .slurm_job = "" } },
        { "0::/home/slurm/job_\n0::/slurm/job_12a/step_1\n0::/job_4/slurm\n", { .slurm_job = "" } },
        { "0::/system.slice/build-"
          "2fa3e04b676df750842faf017052dd37ea0cc5bc7259a3487a1718c7fe100c94.scope\n",
          { .slurm_job = "" } },
        { "0::/docker/2FA3E04B\n0::/kubepods/podcast-2fa3e04b\nrubbish\n:\n::\n",
          { .slurm_job = "" } },
        { "", { .slurm_job = "" } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct job_ids ids = { 0 };

        job_ids_from_cgroups(cases[i].text, &ids);
        assert_ids(&ids, &cases[i].ids);
    }
}

static void test_mounts(void **state)
{
    static const struct path_case cases[] = {
        { "1 2 8:1 / / rw - ext4 /dev/sda1 rw\n"
          "3 1 8:1 /var/lib/docker/containers/"
          "2fa3e04b676df750842faf017052dd37ea0cc5bc7259a3487a1718c7fe100c94/hostname /etc/hostname "
          "rw - ext4 /dev/sda1 rw\n",
          { .container_id = "2fa3e04b676df750842faf017052dd37ea0cc5bc7259a3487a1718c7fe100c94",
            .runtime = "docker" } },
        { "3 1 8:1 /containers/storage/overlay-containers/"
          "06dc5f321aad8726aa26559f16ec203bc099245bc44894b14a89fc02b022d1d5/userdata/hostname "
          "/etc/hostname rw - tmpfs tmpfs rw\n",
          { .container_id = "06dc5f321aad8726aa26559f16ec203bc099245bc44894b14a89fc02b022d1d5",
            .runtime = "podman" } },
        { "3 1 8:1 /var/lib/kubelet/pods/7922aa99-d4aa-4885-a953-82976860b23a/etc-hosts /etc/hosts "
          "rw - ext4 /dev/sda1 rw\n",
          { .pod_uid = "7922aa99-d4aa-4885-a953-82976860b23a" } },
        /* seen on the host: another's */
        { "3 1 8:1 / /var/lib/docker/containers/"
          "2fa3e04b676df750842faf017052dd37ea0cc5bc7259a3487a1718c7fe100c94/mounts/shm rw - tmpfs "
          "shm rw\n",
          { .slurm_job = "" } },
        { "3 1 8:1 /var/lib/docker/containers/2fa3 /etc/hostname", { .slurm_job = "" } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct job_ids ids = { 0 };

        job_ids_from_mounts(cases[i].text, &ids);
        assert_ids(&ids, &cases[i].ids);
    }
}

/* --- all sources together --- */

static const char *from_list(const void *payload, const char *name)
{
    const char *const *list = payload;

    for (; *list != NULL; list += 2) {
        if (strcmp(list[0], name) == 0)
            return list[1];
    }
    return NULL;
}

static void assert_labels(const char *groups, const char *mounts, const char *const *variables,
                          const char *expected)
{
    struct test_machine machine;
    struct strbuf labels = { 0 };

    machine_set_up(&machine, NULL);
    if (groups != NULL)
        tree_write(machine.fd, "proc/self/cgroup", groups);
    if (mounts != NULL)
        tree_write(machine.fd, "proc/self/mountinfo", mounts);
    machine_reopen(&machine);
    {
        const struct job_sources sources = { .proc_fd = machine.env.proc_fd,
                                             .get = from_list,
                                             .payload = variables };

        job_labels_read(&sources, &labels);
    }
    assert_string_equal(strbuf_text(&labels), expected);
    strbuf_deinit(&labels);
    machine_tear_down(&machine);
}

static void test_a_slurm_job(void **state)
{
    static const char *const variables[] = {
        "SLURM_JOB_ID",
        "211",
        "SLURM_JOB_NAME",
        "train big",
        "SLURM_STEP_ID",
        "4",
        "SLURM_CLUSTER_NAME",
        "alps",
        "SLURM_JOB_ACCOUNT",
        "p42",
        "SLURM_JOB_PARTITION",
        "gpu",
        "SLURM_JOB_USER",
        "ada",
        "SLURMD_NODENAME",
        "n7",
        "SLURM_JOB_NUM_NODES",
        "2",
        "SLURM_PROCID",
        "1",
        NULL,
    };
    static const char *const of_another[] = { "SLURM_JOB_ID", "5", "SLURM_JOB_USER", "bob", NULL };

    (void)state;
    assert_labels("0::/system.slice/slurmstepd.scope/job_211/step_0/user/task_0\n", NULL, variables,
                  "manager=slurm\njob_id=211\njob_name=train big\nstep_id=0\ncluster=alps\n"
                  "account=p42\nqueue=gpu\nuser=ada\nnode=n7\nnodes=2\nrank=1\n");
    /* no groups, as on a cluster that does not constrain jobs */
    assert_labels("0::/\n", "", variables,
                  "manager=slurm\njob_id=211\njob_name=train big\nstep_id=4\ncluster=alps\n"
                  "account=p42\nqueue=gpu\nuser=ada\nnode=n7\nnodes=2\nrank=1\n");
    /* the environment came along from another job */
    assert_labels("0::/system.slice/slurmstepd.scope/job_211/step_0/user/task_0\n", NULL,
                  of_another, "manager=slurm\njob_id=211\nstep_id=0\n");
}

static void test_a_pod(void **state)
{
    static const char *const told[] = {
        "KUBERNETES_SERVICE_HOST", "10.0.0.1", "HOSTNAME",  "train-0",
        "POD_NAMESPACE",           "ml",       "NODE_NAME", "n1",
        "CONTAINER_NAME",          "main",     NULL,
    };
    static const char *const named[] = { "POD_NAME", "train-0", "HOSTNAME", "x", NULL };

    (void)state;
    assert_labels("0::/\n",
                  "3 1 8:1 /var/lib/kubelet/pods/7922aa99-d4aa-4885-a953-82976860b23a/etc-hosts "
                  "/etc/hosts rw - ext4 /dev/sda1 rw\n",
                  told,
                  "manager=kubernetes\nnode=n1\npod=train-0\n"
                  "pod_uid=7922aa99-d4aa-4885-a953-82976860b23a\nnamespace=ml\ncontainer=main\n");
    assert_labels(
        "11:blkio:/kubepods/podf6adb0af-0855-4bab-b25b-c853f18d0ce2/"
        "35b97177dada20362ab90d90ac63cd54e8a41cf87bea34f270631b6da17f4a93\n",
        NULL, named,
        "manager=kubernetes\npod=train-0\n"
        "pod_uid=f6adb0af-0855-4bab-b25b-c853f18d0ce2\n"
        "container_id=35b97177dada20362ab90d90ac63cd54e8a41cf87bea34f270631b6da17f4a93\n");
}

static void test_other_batch_systems(void **state)
{
    static const char *const pbs[] = { "PBS_JOBID", "12.head", "PBS_QUEUE", "long", NULL };
    static const char *const lsf[] = { "LSB_JOBID", "12", "LSB_JOBINDEX", "0", NULL };
    static const char *const array[] = { "LSB_JOBID", "12", "LSB_JOBINDEX", "3", NULL };
    static const char *const sge[] = { "JOB_ID", "9", "SGE_TASK_ID", "undefined", NULL };
    static const char *const anybody[] = { "JOB_ID", "9", "HOSTNAME", "here", NULL };
    static const char *const odd[] = { "PBS_JOBID", "1\n2=x\x1b[31m", NULL };

    (void)state;
    assert_labels(NULL, NULL, pbs, "manager=pbs\njob_id=12.head\nqueue=long\n");
    assert_labels(NULL, NULL, lsf, "manager=lsf\njob_id=12\n");
    assert_labels(NULL, NULL, array, "manager=lsf\njob_id=12\narray_task_id=3\n");
    assert_labels(NULL, NULL, sge, "manager=sge\njob_id=9\n");
    assert_labels(NULL, NULL, anybody, "");
    /* a value can neither begin a line of its own nor steer a terminal */
    assert_labels(NULL, NULL, odd, "manager=pbs\njob_id=1 2=x [31m\n");
}

static void test_the_host_has_none(void **state)
{
    static const char *const none[] = { NULL };

    (void)state;
    assert_labels("0::/user.slice/user-1000.slice/session-3.scope\n",
                  "3 1 8:1 /var/lib/docker/containers/"
                  "2fa3e04b676df750842faf017052dd37ea0cc5bc7259a3487a1718c7fe100c94/hostname "
                  "/etc/hostname rw - ext4 /dev/sda1 rw\n",
                  none, ""); /* a path of our own: the mounts are not asked */
    assert_labels(NULL, NULL, none, "");
    assert_labels("", "", none, "");
}

/* --- the text they are kept as --- */

static void test_labels_as_text(void **state)
{
    struct strbuf text = { 0 };
    struct label label;
    char huge[LABEL_VALUE_SIZE + 50];
    const char *at;

    (void)state;
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    labels_add(&text, "a", "1");
    labels_add(&text, "empty", " \t");
    labels_add(&text, "b", "x = y");
    labels_add(&text, "huge", huge);
    at = labels_next(strbuf_text(&text), &label);
    assert_string_equal(label.key, "a");
    at = labels_next(at, &label);
    assert_string_equal(label.key, "b");
    assert_string_equal(label.value, "x = y");
    at = labels_next(at, &label);
    assert_int_equal(strlen(label.value), LABEL_VALUE_SIZE - 1);
    assert_null(labels_next(at, &label));
    assert_true(labels_get(strbuf_text(&text), "b", &label));
    assert_false(labels_get(strbuf_text(&text), "c", &label));
    assert_false(labels_get(NULL, "a", &label));
    strbuf_deinit(&text);

    /* damaged, or of a later version: what can be read is */
    assert_true(labels_get("=x\nnothing\n\na=1", "a", &label));
    assert_string_equal(label.value, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group_paths),         cmocka_unit_test(test_mounts),
        cmocka_unit_test(test_a_slurm_job),         cmocka_unit_test(test_a_pod),
        cmocka_unit_test(test_other_batch_systems), cmocka_unit_test(test_the_host_has_none),
        cmocka_unit_test(test_labels_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
