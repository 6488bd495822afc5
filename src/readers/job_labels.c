/* SPDX-License-Identifier: Apache-2.0 */
/* readers/job_labels.c - which batch job, pod or container this program runs in
 *
 * Slurm's cgroup plugins, Kubernetes' cgroupfs and systemd drivers, and the runtimes name the groups;
 * sbatch(1) OUTPUT ENVIRONMENT VARIABLES; Kubernetes' downward API; qsub(1) and bsub(1).
 */
#include "readers/job_labels.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "model/labels.h"

enum { FILE_LIMIT = 1 << 20, CONTAINER_ID = 64, POD_UID = 36 };

static void copy_word(char *target, size_t size, const char *start, size_t length)
{
    if (length == 0 || length >= size)
        return;
    memcpy(target, start, length);
    target[length] = '\0';
}

static size_t hex_digits(const char *at, const char *end)
{
    size_t count = 0;

    while (at + count < end && isxdigit((unsigned char)at[count]) &&
           !isupper((unsigned char)at[count]))
        count++;
    return count;
}

/* NULL: it is not in [at, end). */
static const char *find(const char *at, const char *end, const char *word)
{
    return memmem(at, (size_t)(end - at), word, strlen(word));
}

/* "slurm_n7" and "n7_slurmstepd.scope" have the name of the node where several share one machine. */
static void take_node(const char *path, const char *slurm, const char *job, struct job_ids *ids)
{
    const char *before = slurm;
    const char *after = slurm + strlen("slurm");

    while (before > path && before[-1] != '/')
        before--;
    if (slurm > before + 1 && slurm[-1] == '_') {
        copy_word(ids->slurm_node, sizeof(ids->slurm_node), before, (size_t)(slurm - 1 - before));
    } else if (*after == '_') {
        const char *slash = memchr(after, '/', (size_t)(job - after));

        if (slash != NULL)
            copy_word(ids->slurm_node, sizeof(ids->slurm_node), after + 1,
                      (size_t)(slash - after - 1));
    }
}

/* ".../slurm/uid_1000/job_17/step_0", "/system.slice/slurmstepd.scope/job_17/step_batch/user" */
static void take_slurm(const char *path, const char *end, struct job_ids *ids)
{
    const char *slurm = find(path, end, "slurm");
    const char *job = slurm == NULL ? NULL : find(slurm, end, "/job_");
    const char *step;
    size_t digits = 0;

    if (job == NULL)
        return;
    job += strlen("/job_");
    while (job + digits < end && isdigit((unsigned char)job[digits]))
        digits++;
    if (digits == 0 || (job + digits < end && job[digits] != '/'))
        return;
    copy_word(ids->slurm_job, sizeof(ids->slurm_job), job, digits);
    take_node(path, slurm, job, ids);
    step = find(job, end, "/step_");
    if (step != NULL) {
        const char *stop;

        step += strlen("/step_");
        stop = memchr(step, '/', (size_t)(end - step));
        copy_word(ids->slurm_step, sizeof(ids->slurm_step), step,
                  (size_t)((stop == NULL ? end : stop) - step));
    }
}

/* A UUID; systemd's names have "_" for "-". Return: its length, or 0. */
static size_t copy_uid(const char *at, const char *end, char *uid_out)
{
    char uid[POD_UID + 1];

    if (end - at < POD_UID)
        return 0;
    for (size_t i = 0; i < POD_UID; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? at[i] != '-' && at[i] != '_' : !isxdigit((unsigned char)at[i]))
            return 0;
        uid[i] = (char)(dash ? '-' : at[i]);
    }
    uid[POD_UID] = '\0';
    memcpy(uid_out, uid, sizeof(uid));
    return POD_UID;
}

static void take_pod(const char *path, const char *end, struct job_ids *ids)
{
    for (const char *at = path; (at = find(at, end, "pod")) != NULL; at++) {
        if (at > path && (at[-1] == '-' || at[-1] == '/') &&
            copy_uid(at + strlen("pod"), end, ids->pod_uid) > 0)
            return;
    }
}

static bool ends_with(const char *path, const char *at, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(at - path) >= length && memcmp(at - length, word, length) == 0;
}

/* NULL: the number is no container's. */
static const char *runtime_before(const char *path, const char *at, bool pod)
{
    static const struct {
        const char *mark;
        const char *runtime;
    } marks[] = {
        { "docker-", "docker" },
        { "/docker/", "docker" },
        { "cri-containerd-", "containerd" },
        { "cri-containerd:", "containerd" },
        { "/containerd-", "containerd" },
        { "/containerd/", "containerd" },
        { "crio-", "cri-o" },
        { "libpod-", "podman" },
        { "libpod-payload-", "podman" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
        if (ends_with(path, at, marks[i].mark))
            return marks[i].runtime;
    }
    return pod && at > path && at[-1] == '/' ? "" : NULL; /* cgroupfs does not say whose */
}

/* The last of 64 digits stands for the innermost container. */
static void take_container(const char *path, const char *end, struct job_ids *ids)
{
    for (const char *at = path; at < end;) {
        size_t digits = hex_digits(at, end);
        const char *runtime;

        if (digits == CONTAINER_ID &&
            (runtime = runtime_before(path, at, ids->pod_uid[0] != '\0')) != NULL) {
            copy_word(ids->container_id, sizeof(ids->container_id), at, digits);
            ids->runtime[0] = '\0';
            copy_word(ids->runtime, sizeof(ids->runtime), runtime, strlen(runtime));
        }
        at += digits > 0 ? digits : 1;
    }
}

/* "/lxc.payload.web", "/lxc/web" */
static void take_lxc(const char *path, const char *end, struct job_ids *ids)
{
    static const char *const marks[] = { "/lxc.payload.", "/lxc/" };

    for (size_t i = 0; i < ARRAY_LENGTH(marks) && ids->container_id[0] == '\0'; i++) {
        const char *at = find(path, end, marks[i]);
        const char *stop;

        if (at == NULL)
            continue;
        at += strlen(marks[i]);
        stop = memchr(at, '/', (size_t)(end - at));
        copy_word(ids->container_id, sizeof(ids->container_id), at,
                  (size_t)((stop == NULL ? end : stop) - at));
        if (ids->container_id[0] != '\0')
            copy_word(ids->runtime, sizeof(ids->runtime), "lxc", 3);
    }
}

void job_ids_from_cgroups(const char *text, struct job_ids *ids)
{
    for (; *text != '\0';) {
        const char *end = strchrnul(text, '\n');
        const char *first = memchr(text, ':', (size_t)(end - text));
        const char *second =
            first == NULL ? NULL : memchr(first + 1, ':', (size_t)(end - first - 1));

        if (second != NULL) {
            take_slurm(second + 1, end, ids);
            take_pod(second + 1, end, ids);
            take_container(second + 1, end, ids);
            take_lxc(second + 1, end, ids);
        }
        text = *end == '\n' ? end + 1 : end;
    }
}

/* What stands between a mark and 64 digits that a '/' ends. */
static void take_mounted(const char *line, const char *end, const char *mark, const char *runtime,
                         struct job_ids *ids)
{
    const char *at = find(line, end, mark);

    if (at == NULL || ids->container_id[0] != '\0')
        return;
    at += strlen(mark);
    if (hex_digits(at, end) != CONTAINER_ID || at + CONTAINER_ID >= end || at[CONTAINER_ID] != '/')
        return;
    copy_word(ids->container_id, sizeof(ids->container_id), at, CONTAINER_ID);
    copy_word(ids->runtime, sizeof(ids->runtime), runtime, strlen(runtime));
}

void job_ids_from_mounts(const char *text, struct job_ids *ids)
{
    for (; *text != '\0';) {
        const char *end = strchrnul(text, '\n');
        const char *hosts = find(text, end, " /etc/host"); /* hostname or hosts, as mount point */
        const char *pods;

        if (hosts != NULL) {
            take_mounted(text, hosts, "/docker/containers/", "docker", ids);
            take_mounted(text, hosts, "/overlay-containers/", "podman", ids);
            take_mounted(text, hosts, "io.containerd.grpc.v1.cri/sandboxes/", "containerd", ids);
            pods = find(text, hosts, "/pods/");
            if (pods != NULL && ids->pod_uid[0] == '\0')
                (void)copy_uid(pods + strlen("/pods/"), hosts, ids->pod_uid);
        }
        text = *end == '\n' ? end + 1 : end;
    }
}

/* A group namespace of our own, or no groups at all: only then the mounts may know more. */
static bool is_all_roots(const char *text)
{
    for (; *text != '\0';) {
        const char *end = strchrnul(text, '\n');
        const char *path = memrchr(text, ':', (size_t)(end - text));

        if (path != NULL && end - path > 2 && strncmp(path, ":/..", 4) != 0)
            return false;
        text = *end == '\n' ? end + 1 : end;
    }
    return true;
}

static void read_ids(const struct job_sources *sources, struct job_ids *ids)
{
    AICO2_CLEANUP(freep) char *groups = NULL;
    AICO2_CLEANUP(freep) char *mounts = NULL;

    if (sources->proc_fd < 0)
        return;
    if (fs_read_all_at(sources->proc_fd, "self/cgroup", FILE_LIMIT, &groups, NULL) >= 0)
        job_ids_from_cgroups(groups, ids);
    if (groups != NULL && is_all_roots(groups) &&
        fs_read_all_at(sources->proc_fd, "self/mountinfo", FILE_LIMIT, &mounts, NULL) >= 0)
        job_ids_from_mounts(mounts, ids);
}

static const char *get(const struct job_sources *sources, const char *name)
{
    const char *value = sources->get(sources->payload, name);

    return value != NULL ? value : "";
}

struct variable {
    const char *key;
    const char *name;
};

static void add_variables(const struct job_sources *sources, const struct variable *variables,
                          size_t count, struct strbuf *labels)
{
    for (size_t i = 0; i < count; i++)
        labels_add(labels, variables[i].key, get(sources, variables[i].name));
}

static void add_slurm(const struct job_sources *sources, const struct job_ids *ids,
                      struct strbuf *labels)
{
    static const struct variable variables[] = {
        { "array_job_id", "SLURM_ARRAY_JOB_ID" }, { "array_task_id", "SLURM_ARRAY_TASK_ID" },
        { "cluster", "SLURM_CLUSTER_NAME" },      { "account", "SLURM_JOB_ACCOUNT" },
        { "queue", "SLURM_JOB_PARTITION" },       { "user", "SLURM_JOB_USER" },
    };
    const char *told = get(sources, "SLURM_JOB_ID");
    /* the kernel's word before that of the environment, which may be another job's */
    bool same = ids->slurm_job[0] == '\0' || strcmp(told, ids->slurm_job) == 0;

    labels_add(labels, "manager", "slurm");
    labels_add(labels, "job_id", ids->slurm_job[0] != '\0' ? ids->slurm_job : told);
    if (same)
        labels_add(labels, "job_name", get(sources, "SLURM_JOB_NAME"));
    labels_add(labels, "step_id",
               ids->slurm_step[0] != '\0' ? ids->slurm_step
               : same                     ? get(sources, "SLURM_STEP_ID")
                                          : "");
    if (same)
        add_variables(sources, variables, ARRAY_LENGTH(variables), labels);
    labels_add(labels, "node",
               ids->slurm_node[0] != '\0' ? ids->slurm_node : get(sources, "SLURMD_NODENAME"));
    if (same) {
        labels_add(labels, "nodes", get(sources, "SLURM_JOB_NUM_NODES"));
        labels_add(labels, "rank", get(sources, "SLURM_PROCID"));
    }
}

static void add_pod(const struct job_sources *sources, const struct job_ids *ids,
                    struct strbuf *labels)
{
    const char *pod = get(sources, "POD_NAME");
    char space[LABEL_VALUE_SIZE] = "";

    labels_add(labels, "manager", "kubernetes");
    labels_add(labels, "node", get(sources, "NODE_NAME"));
    labels_add(labels, "pod", pod[0] != '\0' ? pod : get(sources, "HOSTNAME"));
    labels_add(labels, "pod_uid", ids->pod_uid[0] != '\0' ? ids->pod_uid : get(sources, "POD_UID"));
    if (get(sources, "POD_NAMESPACE")[0] == '\0' && sources->namespace_file != NULL)
        (void)fs_read_text_at(AT_FDCWD, sources->namespace_file, space, sizeof(space), NULL);
    labels_add(labels, "namespace", space[0] != '\0' ? space : get(sources, "POD_NAMESPACE"));
    labels_add(labels, "container", get(sources, "CONTAINER_NAME"));
}

/* LSF counts from 1, and SGE has a word for it. */
static bool is_no_array(const char *key, const char *value)
{
    return strcmp(key, "array_task_id") == 0 &&
           (strcmp(value, "0") == 0 || strcmp(value, "undefined") == 0);
}

/* Batch systems that say in the environment alone what job it is. */
static void add_batch(const struct job_sources *sources, struct strbuf *labels)
{
    static const struct {
        const char *manager;
        struct variable variables[5]; /* the job's id first: without it there is no job */
    } systems[] = {
        { "pbs",
          { { "job_id", "PBS_JOBID" },
            { "job_name", "PBS_JOBNAME" },
            { "array_task_id", "PBS_ARRAY_INDEX" },
            { "account", "PBS_ACCOUNT" },
            { "queue", "PBS_QUEUE" } } },
        { "lsf",
          { { "job_id", "LSB_JOBID" },
            { "job_name", "LSB_JOBNAME" },
            { "array_task_id", "LSB_JOBINDEX" },
            { "account", "LSB_PROJECT_NAME" },
            { "queue", "LSB_QUEUE" } } },
        { "flux", { { "job_id", "FLUX_JOB_ID" }, { "rank", "FLUX_TASK_RANK" } } },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(systems); i++) {
        if (get(sources, systems[i].variables[0].name)[0] == '\0')
            continue;
        labels_add(labels, "manager", systems[i].manager);
        for (size_t j = 0; j < ARRAY_LENGTH(systems[i].variables); j++) {
            const struct variable *variable = &systems[i].variables[j];

            if (variable->key != NULL && !is_no_array(variable->key, get(sources, variable->name)))
                labels_add(labels, variable->key, get(sources, variable->name));
        }
        return;
    }
    /* JOB_ID alone is anybody's name for anything */
    if (get(sources, "SGE_TASK_ID")[0] != '\0' && get(sources, "JOB_ID")[0] != '\0') {
        static const struct variable sge[] = {
            { "job_id", "JOB_ID" },
            { "job_name", "JOB_NAME" },
            { "queue", "QUEUE" },
        };
        const char *task = get(sources, "SGE_TASK_ID");

        labels_add(labels, "manager", "sge");
        add_variables(sources, sge, ARRAY_LENGTH(sge), labels);
        if (!is_no_array("array_task_id", task))
            labels_add(labels, "array_task_id", task);
    }
}

void job_labels_read(const struct job_sources *sources, struct strbuf *labels)
{
    struct job_ids ids = { 0 };

    read_ids(sources, &ids);
    if (ids.slurm_job[0] != '\0' || get(sources, "SLURM_JOB_ID")[0] != '\0')
        add_slurm(sources, &ids, labels);
    else if (ids.pod_uid[0] != '\0' || get(sources, "KUBERNETES_SERVICE_HOST")[0] != '\0')
        add_pod(sources, &ids, labels);
    else
        add_batch(sources, labels);
    labels_add(labels, "runtime", ids.runtime);
    labels_add(labels, "container_id", ids.container_id);
}
