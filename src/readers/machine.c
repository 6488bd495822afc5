/* SPDX-License-Identifier: Apache-2.0 */
/* readers/machine.c - the facts of the computer that do not change
 *
 * How a virtual machine and a container show themselves: proc_pid_cgroup(5), pid_namespaces(7),
 * Linux Documentation/ABI/testing/sysfs-hypervisor-xen, the DMI names of the hypervisors' own BIOS.
 */
#include "readers/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/cgroup_limit.h"
#include "readers/chassis.h"
#include "readers/cpuinfo.h"
#include "readers/drives.h"
#include "readers/proc_memory.h"
#include "readers/topology.h"

static bool exists(int dirfd, const char *path)
{
    return dirfd >= 0 && faccessat(dirfd, path, F_OK, 0) == 0;
}

static bool read_clean(int dirfd, const char *path, char *target, size_t size)
{
    char text[512];

    if (dirfd < 0 || fs_read_text_at(dirfd, path, text, sizeof(text), NULL) <= 0)
        return false;
    text_copy_clean(target, size, text);
    return target[0] != '\0';
}

/* The files first: below another root they are that machine's, and uname would be ours. */
static void read_names(const struct reader_env *env, const struct cpuinfo *info,
                       struct machine *machine)
{
    struct utsname name;

    if (uname(&name) != 0)
        memset(&name, 0, sizeof(name));
    text_copy_clean(machine->os, sizeof(machine->os), "Linux");
    if (!read_clean(env->proc_fd, "sys/kernel/hostname", machine->hostname,
                    sizeof(machine->hostname)) &&
        !env->sysroot)
        text_copy_clean(machine->hostname, sizeof(machine->hostname), name.nodename);
    if (!read_clean(env->proc_fd, "sys/kernel/osrelease", machine->os_release,
                    sizeof(machine->os_release)) &&
        !env->sysroot)
        text_copy_clean(machine->os_release, sizeof(machine->os_release), name.release);

    if (env->sysroot && info->arm_implementer >= 0)
        text_copy_clean(machine->arch, sizeof(machine->arch), "aarch64");
    else if (env->sysroot && info->family >= 0)
        text_copy_clean(machine->arch, sizeof(machine->arch), "x86_64");
    else
        text_copy_clean(machine->arch, sizeof(machine->arch), name.machine);
}

/* A core's design is not its chip; whose machine it is tells the two apart. */
static const char *arm_chip_of(int sys_fd, int implementer, int part)
{
    static const struct {
        const char *vendor; /* a beginning of sys_vendor */
        int part;
        const char *chip;
    } chips[] = {
        { "Amazon EC2", 0xd08, "AWS Graviton" },  { "Amazon EC2", 0xd0c, "AWS Graviton2" },
        { "Amazon EC2", 0xd40, "AWS Graviton3" }, { "Amazon EC2", 0xd4f, "AWS Graviton4" },
        { "Google", 0xd0c, "Ampere Altra" },      { "Google", 0xd4f, "Google Axion" },
        { "Microsoft", 0xd0c, "Ampere Altra" },   { "Microsoft", 0xd49, "Azure Cobalt 100" },
        { "NVIDIA", 0xd4f, "NVIDIA Grace" },
    };
    char vendor[128] = "";

    if (implementer != 0x41 ||
        !read_clean(sys_fd, "class/dmi/id/sys_vendor", vendor, sizeof(vendor)))
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(chips); i++) {
        if (chips[i].part == part && strncmp(vendor, chips[i].vendor, strlen(chips[i].vendor)) == 0)
            return chips[i].chip;
    }
    return NULL;
}

/* Boards tell their name in the device tree, where ARM's cpuinfo has none. */
static void read_cpu(const struct reader_env *env, const struct cpuinfo *info,
                     struct machine *machine)
{
    text_copy_clean(machine->cpu_vendor, sizeof(machine->cpu_vendor), info->vendor);
    text_copy_clean(machine->cpu_model, sizeof(machine->cpu_model), info->model_name);
    machine->cpu_family = info->family;
    machine->cpu_model_number = info->model;
    machine->arm_implementer = info->arm_implementer;
    machine->arm_part = info->arm_part;
    if (strncmp(machine->cpu_model, "implementer ", strlen("implementer ")) == 0) {
        const char *chip = arm_chip_of(env->sys_fd, info->arm_implementer, info->arm_part);

        if (chip != NULL)
            text_copy_clean(machine->cpu_model, sizeof(machine->cpu_model), chip);
    }
    if (machine->cpu_model[0] == '\0')
        (void)read_clean(env->proc_fd, "device-tree/model", machine->cpu_model,
                         sizeof(machine->cpu_model));
}

static void count_without_sysfs(const struct reader_env *env, const struct cpuinfo *info,
                                struct machine *machine)
{
    int processors;
    int sockets;

    cpuinfo_count(env->proc_fd, &processors, &sockets);
    machine->threads = processors > 0 ? processors : 1;
    machine->sockets = sockets > 0 ? sockets : 1;
    machine->cores =
        info->cores_per_socket > 0 ? info->cores_per_socket * machine->sockets : machine->threads;
}

static void count_threads(const struct reader_env *env, const struct cpuinfo *info,
                          struct machine *machine)
{
    AICO2_CLEANUP(freep) struct topology *topology = malloc(sizeof(*topology));
    struct cpu_mask online;
    int threads_per_core;

    if (topology == NULL || !topology_online(env->sys_fd, &online) ||
        cpu_mask_count(&online) == 0) {
        count_without_sysfs(env, info, machine);
        return;
    }
    topology_read(env->sys_fd, &online, topology);
    machine->threads = cpu_mask_count(&online);
    machine->sockets = topology->package_count;
    threads_per_core = topology_threads_per_core(env->sys_fd, &online);
    if (info->cores_per_socket > 0)
        machine->cores = info->cores_per_socket * machine->sockets;
    else if (threads_per_core > 1)
        machine->cores = machine->threads / threads_per_core;
    else
        machine->cores = machine->threads;
    /* Offline cores, and guests that are told of more cores than they were given */
    if (machine->cores > machine->threads)
        machine->cores = machine->threads;
    if (machine->cores < machine->sockets)
        machine->cores = machine->sockets;
}

/* Clouds put their name on bare machines too ("Amazon EC2", "c5.metal"), so on x86, where the
 * processor itself says it, the BIOS is not asked. */
static bool dmi_is_virtual(int sys_fd)
{
    static const char *const vendors[] = {
        "QEMU",
        "VMware",
        "innotek GmbH",
        "Xen",
        "Bochs",
        "Parallels",
        "OpenStack Foundation",
        "Amazon EC2",
        "Google",
        "Alibaba Cloud",
        "DigitalOcean",
        "Hetzner",
        "Nutanix",
        "Red Hat",
        "oVirt",
    };
    char vendor[128] = "";
    char product[128] = "";

    (void)read_clean(sys_fd, "class/dmi/id/sys_vendor", vendor, sizeof(vendor));
    (void)read_clean(sys_fd, "class/dmi/id/product_name", product, sizeof(product));
    if (strstr(product, "metal") != NULL)
        return false;
    /* Both also sell computers. */
    if (strcmp(vendor, "Microsoft Corporation") == 0)
        return strcmp(product, "Virtual Machine") == 0;
    if (strcmp(vendor, "Apple Inc.") == 0)
        return strstr(product, "Virtualization") != NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(vendors); i++) {
        if (strncmp(vendor, vendors[i], strlen(vendors[i])) == 0)
            return true;
    }
    return false;
}

static bool is_virtualized(const struct reader_env *env, const struct cpuinfo *info)
{
    char type[32];

    if (info->hypervisor || exists(env->proc_fd, "device-tree/hypervisor"))
        return true;
    if (read_clean(env->sys_fd, "hypervisor/type", type, sizeof(type)))
        return true;
    return !info->has_flags && dmi_is_virtual(env->sys_fd);
}

/* The first PID namespace has this inode number (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
static bool has_own_pid_namespace(int proc_fd)
{
    char target[64];
    ssize_t length = readlinkat(proc_fd, "self/ns/pid", target, sizeof(target) - 1);

    if (length <= 0)
        return false;
    target[length] = '\0';
    return strcmp(target, "pid:[4026531836]") != 0;
}

static bool cgroup_names_container(int proc_fd)
{
    static const char *const marks[] = { "docker", "kubepods", "containerd",  "libpod",
                                         "crio-",  "/lxc/",    "lxc.payload", "garden" };
    AICO2_CLEANUP(freep) char *groups = NULL;

    if (fs_read_all_at(proc_fd, "self/cgroup", 1 << 20, &groups, NULL) < 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
        const char *mark = strstr(groups, marks[i]);

        /* "system.slice/docker.service" is the daemon itself, on the host */
        if (mark != NULL && strncmp(mark, "docker.service", 14) != 0 &&
            strncmp(mark, "containerd.service", 18) != 0)
            return true;
    }
    return false;
}

static bool has_container_mark(int root_child_fd)
{
    return exists(root_child_fd, "../.dockerenv") ||
           exists(root_child_fd, "../run/.containerenv") ||
           exists(root_child_fd, "../run/systemd/container");
}

static bool is_container(const struct reader_env *env)
{
    if (has_container_mark(env->proc_fd) || has_container_mark(env->sys_fd))
        return true;
    if (!env->sysroot && getenv("KUBERNETES_SERVICE_HOST") != NULL)
        return true;
    return has_own_pid_namespace(env->proc_fd) || cgroup_names_container(env->proc_fd);
}

void machine_read(const struct reader_env *env, struct machine *machine_out)
{
    struct machine machine = { .cpu_family = -1, .cpu_model_number = -1 };
    struct meminfo meminfo = { 0 };
    struct cpuinfo info;

    cpuinfo_read(env->proc_fd, &info);
    read_names(env, &info, &machine);
    read_cpu(env, &info, &machine);
    count_threads(env, &info, &machine);
    machine.virtualized = is_virtualized(env, &info);
    machine.container = is_container(env);
    if (!machine.virtualized) { /* a hypervisor makes both up */
        machine.chassis = chassis_read(env->sys_fd);
        drives_read(env->sys_fd, &machine.drives);
    }
    if (meminfo_read(env->proc_fd, &meminfo))
        machine.memory_bytes = meminfo.total_bytes;
    machine.memory_limit_bytes = cgroup_memory_limit(env);
    if (machine.memory_bytes > 0 && machine.memory_limit_bytes >= machine.memory_bytes)
        machine.memory_limit_bytes = 0; /* a limit that does not limit */
    *machine_out = machine;
}
