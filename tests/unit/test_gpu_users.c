/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_gpu_users.c - whose work a GPU does, by its clients and by ROCm */
#include "gpu_tree.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/shared_pids.h"
#include "readers/amdgpu.h"
#include "readers/intel_gpu.h"
#include "readers/kfd.h"

#define HWMON "hwmon/hwmon3/"

static void amd_card(struct test_machine *machine, const char *busy)
{
    machine_set_up(machine, NULL);
    gpu_tree_add(machine->fd, 3, "amdgpu", "0x1002", "0x744c");
    gpu_tree_write(machine->fd, 3, HWMON "name", "amdgpu\n");
    gpu_tree_write(machine->fd, 3, HWMON "power1_average", "100000000\n");
    gpu_tree_write(machine->fd, 3, "gpu_busy_percent", busy);
    gpu_tree_write(machine->fd, 3, "mem_info_vram_used", "1048576000\n");
    tree_mkdir(machine->fd, "proc");
}

static void intel_card(struct test_machine *machine, const char *driver, bool energy)
{
    char text[16];

    machine_set_up(machine, NULL);
    gpu_tree_add(machine->fd, 3, driver, "0x8086", "0x56a0");
    (void)snprintf(text, sizeof(text), "%s\n", driver);
    gpu_tree_write(machine->fd, 3, HWMON "name", text);
    gpu_tree_write(machine->fd, 3, HWMON "power1_rated_max", "225000000\n");
    if (energy)
        gpu_tree_write(machine->fd, 3, HWMON "energy1_input", "1000\n");
    tree_mkdir(machine->fd, "proc");
}

static void tell(int fd, int pid, int number, const char *text)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "proc/%d/fdinfo/%d", pid, number);
    (void)unlinkat(fd, path, 0);
    tree_write(fd, path, text);
}

static void open_device(int fd, int pid, int number, const char *target)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "proc/%d/fd/%d", pid, number);
    tree_link(fd, path, target);
}

/* A client of card 3 that has done so much work and copied so long, in ms. */
static void amd_client(int fd, int pid, int number, int client, int gfx_ms, int dma_ms)
{
    char text[512];

    (void)snprintf(text, sizeof(text),
                   "drm-driver:\tamdgpu\ndrm-pdev:\t0000:03:00.0\ndrm-client-id:\t%d\n"
                   "drm-memory-vram:\t%d KiB\ndrm-engine-gfx:\t%d000000 ns\n"
                   "drm-engine-dma:\t%d000000 ns\n",
                   client, client * 1024, gfx_ms, dma_ms);
    tell(fd, pid, number, text);
}

static const struct process_use *use_of(const struct probed_gpus *probed, int pid)
{
    const struct sample *sample = &probed->samples[0];

    assert_true((sample->valid & SAMPLE_PROCESSES) != 0);
    assert_true(sample->own_pids);
    for (size_t i = 0; i < sample->process_count; i++) {
        if (sample->processes[i].pid == pid)
            return &sample->processes[i];
    }
    return NULL;
}

static void assert_time(const struct probed_gpus *probed, int pid, double expected)
{
    const struct process_use *use = use_of(probed, pid);

    assert_non_null(use);
    if (!(fabs((double)use->sm_ratio - expected) < 1e-5))
        fail_msg("%d: %g is not %g", pid, (double)use->sm_ratio, expected);
}

/* 600 of 2000 ms, and 100 + 100 ms. */
static void test_processes_share_by_engine_time(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "40\n");
    open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
    open_device(machine.fd, 42, 6, "/dev/null");
    open_device(machine.fd, 77, 3, "/dev/dri/card1");
    amd_client(machine.fd, 42, 5, 11, 1000, 0);
    amd_client(machine.fd, 77, 3, 12, 50, 0);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    assert_true(use_of(&probed, 42)->sm_ratio < 0); /* the account has only begun */
    assert_true(use_of(&probed, 42)->memory_bytes == 11 << 20);
    amd_client(machine.fd, 42, 5, 11, 1600, 0);
    amd_client(machine.fd, 77, 3, 12, 150, 100);
    gpu_tree_read(&machine, &probed, 3);
    assert_int_equal(probed.samples[0].process_count, 2);
    assert_time(&probed, 42, 0.30);
    assert_time(&probed, 77, 0.10);
    gpu_tree_tear_down(&machine, &probed);
}

/* One opening, three descriptors of two processes: 500 of 1000 ms, once. */
static void test_a_client_counts_once(void **state)
{
    static const int at[][2] = { { 42, 5 }, { 42, 6 }, { 43, 5 } };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "50\n");
    for (int second = 1; second <= 2; second++) {
        for (size_t i = 0; i < 3; i++) {
            if (second == 1)
                open_device(machine.fd, at[i][0], at[i][1], "/dev/dri/renderD128");
            amd_client(machine.fd, at[i][0], at[i][1], 11, 500 * second, 0);
        }
        if (second == 1)
            gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        gpu_tree_read(&machine, &probed, second);
    }
    assert_int_equal(probed.samples[0].process_count, 1);
    assert_true(fabs((double)probed.samples[0].processes[0].sm_ratio - 0.5) < 1e-6);
    assert_true(probed.samples[0].processes[0].memory_bytes == 11 << 20);
    gpu_tree_tear_down(&machine, &probed);
}

/* "Stay with that larger previous value": 300 ms, back to 100, on to 400 is 100 ms of work. */
static void test_a_counter_that_steps_back_waits(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "0\n");
    open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
    amd_client(machine.fd, 42, 5, 11, 300, 0);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    amd_client(machine.fd, 42, 5, 11, 100, 0);
    gpu_tree_read(&machine, &probed, 2);
    assert_time(&probed, 42, 0);
    amd_client(machine.fd, 42, 5, 11, 400, 0);
    gpu_tree_read(&machine, &probed, 3);
    assert_time(&probed, 42, 0.1);
    gpu_tree_tear_down(&machine, &probed);
}

/* The job's process was looked at before it opened the GPU: all of its 400 ms are of that second. */
static void test_what_a_new_client_of_the_job_did_is_all_its_own(void **state)
{
    const pid_t job = 99;
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "40\n");
    machine.env.job_pids = shared_pids_new();
    tree_mkdir(machine.fd, "proc/99/fd");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_true(shared_pids_are_wanted(machine.env.job_pids));
    assert_int_equal(shared_pids_set(machine.env.job_pids, &job, 1), 0);
    gpu_tree_read(&machine, &probed, 1);
    open_device(machine.fd, 99, 5, "/dev/dri/renderD128");
    amd_client(machine.fd, 99, 5, 11, 400, 0);
    gpu_tree_read(&machine, &probed, 2);
    assert_time(&probed, 99, 0.4);
    reader_amdgpu.close(probed.reader);
    shared_pids_free(machine.env.job_pids);
    machine_tear_down(&machine);
}

/* Others' processes are looked at in turns; the job's all the same at once. */
static void test_the_job_is_found_among_many(void **state)
{
    const pid_t job = 5000;
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "40\n");
    machine.env.job_pids = shared_pids_new();
    for (int pid = 100; pid < 1100; pid++)
        open_device(machine.fd, pid, 0, "/dev/null");
    open_device(machine.fd, 5000, 5, "/dev/dri/renderD128");
    amd_client(machine.fd, 5000, 5, 11, 0, 0);
    assert_int_equal(shared_pids_set(machine.env.job_pids, &job, 1), 0);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    amd_client(machine.fd, 5000, 5, 11, 250, 0);
    gpu_tree_read(&machine, &probed, 2);
    assert_time(&probed, 5000, 0.25);
    reader_amdgpu.close(probed.reader);
    shared_pids_free(machine.env.job_pids);
    machine_tear_down(&machine);
}

/* 300 others are read 50 at a look, after the job's one, which is told anew at each. */
static void test_the_job_need_not_wait_its_turn(void **state)
{
    const pid_t job = 5000;
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "40\n");
    machine.env.job_pids = shared_pids_new();
    for (int pid = 1000; pid < 1300; pid++) {
        open_device(machine.fd, pid, 5, "/dev/dri/renderD128");
        amd_client(machine.fd, pid, 5, pid, 0, 0);
    }
    open_device(machine.fd, 5000, 5, "/dev/dri/renderD128");
    amd_client(machine.fd, 5000, 5, 11, 0, 0);
    assert_int_equal(shared_pids_set(machine.env.job_pids, &job, 1), 0);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    for (int look = 1; look <= 30; look++)
        gpu_tree_read(&machine, &probed, look);
    for (int look = 1; look <= 12; look++) {
        amd_client(machine.fd, 5000, 5, 11, 10 * look * look, 0);
        gpu_tree_read(&machine, &probed, 30 + look);
        assert_time(&probed, 5000, 0.01 * (2 * look - 1));
    }
    reader_amdgpu.close(probed.reader);
    shared_pids_free(machine.env.job_pids);
    machine_tear_down(&machine);
}

/* The driver calls the GPU busy for 90 % of the time, what may be looked at explains 30: the rest is
 * others'. Process 1 is not to be looked into. */
static void test_what_is_not_seen_is_hidden(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (int all = 0; all <= 1; all++) {
        amd_card(&machine, "90\n");
        if (all == 0)
            tree_write(machine.fd, "proc/1/fd", "");
        open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
        amd_client(machine.fd, 42, 5, 11, 0, 0);
        gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        gpu_tree_read(&machine, &probed, 1);
        amd_client(machine.fd, 42, 5, 11, 300, 0);
        gpu_tree_read(&machine, &probed, 2);
        assert_time(&probed, 42, 0.3);
        if (all == 1) {
            assert_null(use_of(&probed, PROCESS_HIDDEN));
        } else {
            assert_time(&probed, PROCESS_HIDDEN, 0.6);
            /* 1000 MiB in use, 11 of them seen */
            assert_true(use_of(&probed, PROCESS_HIDDEN)->memory_bytes == UINT64_C(989) << 20);
        }
        gpu_tree_tear_down(&machine, &probed);
    }
}

static void add_node(int fd, int node, int gpu_id, unsigned location)
{
    char path[96];
    char text[160];

    (void)snprintf(path, sizeof(path), "sys/class/kfd/kfd/topology/nodes/%d/gpu_id", node);
    (void)snprintf(text, sizeof(text), "%d\n", gpu_id);
    tree_write(fd, path, text);
    (void)snprintf(path, sizeof(path), "sys/class/kfd/kfd/topology/nodes/%d/properties", node);
    (void)snprintf(text, sizeof(text),
                   "cpu_cores_count 0\nsimd_count 416\nlocation_id %u\ndomain 0\n", location);
    tree_write(fd, path, text);
}

/* units < 0: a GPU that does not count them */
static void rocm_process(int fd, int pid, int gpu_id, int mib, int units)
{
    char path[96];
    char text[32];

    (void)snprintf(path, sizeof(path), "sys/class/kfd/kfd/proc/%d/vram_%d", pid, gpu_id);
    (void)unlinkat(fd, path, 0);
    (void)snprintf(text, sizeof(text), "%lld\n", (long long)mib << 20);
    tree_write(fd, path, text);
    (void)snprintf(path, sizeof(path), "sys/class/kfd/kfd/proc/%d/stats_%d/cu_occupancy", pid,
                   gpu_id);
    (void)unlinkat(fd, path, 0);
    (void)snprintf(text, sizeof(text), "%d\n", units);
    if (units >= 0)
        tree_write(fd, path, text);
}

/* 80 % busy, 20 of them a client's drawing: 60 are ROCm's, by 78 to 26 compute units. */
static void test_rocm_shares_what_engines_do_not_explain(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "80\n");
    add_node(machine.fd, 0, 0, 0);
    add_node(machine.fd, 1, 51001, 0x0300);
    add_node(machine.fd, 2, 51002, 0x0400); /* another card */
    rocm_process(machine.fd, 500, 51001, 1000, 78);
    rocm_process(machine.fd, 600, 51001, 3000, 26);
    rocm_process(machine.fd, 700, 51001, 0, 50); /* has nothing on it */
    rocm_process(machine.fd, 700, 51002, 9000, 50);
    open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
    amd_client(machine.fd, 42, 5, 11, 0, 0);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    amd_client(machine.fd, 42, 5, 11, 200, 0);
    gpu_tree_read(&machine, &probed, 2);
    assert_int_equal(probed.samples[0].process_count, 3);
    assert_time(&probed, 42, 0.2);
    assert_time(&probed, 500, 0.45);
    assert_time(&probed, 600, 0.15);
    assert_true(use_of(&probed, 600)->memory_bytes == UINT64_C(3000) << 20);
    gpu_tree_tear_down(&machine, &probed);
}

/* A GPU whose compute units are not counted: 80 % by 1000 to 3000 MiB. */
static void test_rocm_without_compute_units_shares_by_memory(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "80\n");
    add_node(machine.fd, 1, 51001, 0x0300);
    rocm_process(machine.fd, 500, 51001, 1000, -1);
    rocm_process(machine.fd, 600, 51001, 3000, -1);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    gpu_tree_read(&machine, &probed, 2);
    assert_time(&probed, 500, 0.2);
    assert_time(&probed, 600, 0.6);
    gpu_tree_tear_down(&machine, &probed);
}

/* A GPU in parts has a node for each, with the part's number above the place. */
static void test_parts_of_a_gpu_are_one_card(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "100\n");
    add_node(machine.fd, 1, 51001, 0x0300);
    add_node(machine.fd, 2, 51002, 0x10000300);
    rocm_process(machine.fd, 500, 51001, 1000, 90);
    rocm_process(machine.fd, 600, 51002, 1000, 30);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    assert_time(&probed, 500, 0.75);
    assert_time(&probed, 600, 0.25);
    gpu_tree_tear_down(&machine, &probed);
}

/* In a container ROCm's own list has the host's pids; /dev/kfd tells, and so it does here. */
static void test_rocm_is_told_by_its_device(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "70\n");
    open_device(machine.fd, 42, 4, "/dev/kfd");
    open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
    amd_client(machine.fd, 42, 5, 11, 0, 0);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    gpu_tree_read(&machine, &probed, 2);
    assert_time(&probed, 42, 0.7);
    gpu_tree_tear_down(&machine, &probed);
}

static void xe_client(int fd, int pid, int client, unsigned cycles, unsigned total)
{
    char text[512];

    (void)snprintf(text, sizeof(text),
                   "drm-driver:\txe\ndrm-client-id:\t%d\ndrm-pdev:\t0000:03:00.0\n"
                   "drm-cycles-rcs:\t%u\ndrm-total-cycles-rcs:\t%u\ndrm-cycles-ccs:\t%u\n"
                   "drm-total-cycles-ccs:\t%u\ndrm-engine-capacity-ccs:\t4\n",
                   client, cycles, total, cycles * 4, total);
    tell(fd, pid, 5, text);
}

/* 5000 of 20000 cycles are a quarter, whatever the clocks of the machine say; 20000 of 4 x 20000
 * too. The card is as busy as its busiest class: 0.25 + 0.5. */
static void test_cycles_and_utilisation_of_xe(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    intel_card(&machine, "xe", true);
    for (int pid = 42; pid <= 43; pid++) {
        open_device(machine.fd, pid, 5, "/dev/dri/renderD128");
        xe_client(machine.fd, pid, pid, 1000, 100000);
    }
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_true((gpu_tree_device(&probed, 0)->fields & SAMPLE_UTILIZATION) != 0);
    gpu_tree_read(&machine, &probed, 1);
    assert_int_equal(probed.samples[0].valid & SAMPLE_UTILIZATION, 0); /* not known yet */
    xe_client(machine.fd, 42, 42, 6000, 120000);
    xe_client(machine.fd, 43, 43, 11000, 120000);
    gpu_tree_read(&machine, &probed, 2);
    assert_time(&probed, 42, 0.5);
    assert_time(&probed, 43, 1.0);
    assert_true((probed.samples[0].valid & SAMPLE_UTILIZATION) != 0);
    assert_true(fabs(probed.samples[0].utilization_ratio - 0.75) < 1e-9);
    gpu_tree_tear_down(&machine, &probed);
}

/* Where it may be that others work unseen, how busy a metered card is is not told. */
static void test_a_part_of_the_clients_is_no_utilisation(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    intel_card(&machine, "i915", true);
    tree_write(machine.fd, "proc/1/fd", "");
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_int_equal(gpu_tree_device(&probed, 0)->fields, SAMPLE_ENERGY | SAMPLE_PROCESSES);
    assert_non_null(strstr(gpu_tree_device(&probed, 0)->note, "other users"));
    gpu_tree_tear_down(&machine, &probed);
}

/* No counter: the card is modelled, its limit known. */
static void test_a_card_without_a_counter_tells_how_busy_it_is(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    intel_card(&machine, "xe", false);
    open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
    xe_client(machine.fd, 42, 42, 1000, 100000);
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_non_null(strstr(probed.status.reason, "no energy counter"));
    assert_int_equal(gpu_tree_device(&probed, 0)->fields, SAMPLE_UTILIZATION | SAMPLE_PROCESSES);
    assert_true(gpu_tree_device(&probed, 0)->rated_watts == 225);
    gpu_tree_read(&machine, &probed, 1);
    xe_client(machine.fd, 42, 42, 9000, 120000);
    gpu_tree_read(&machine, &probed, 1.5);
    assert_true(fabs(probed.samples[0].utilization_ratio - 0.4) < 1e-9);
    gpu_tree_tear_down(&machine, &probed);
}

/* Its driver would wake it for an answer: neither counter nor clients are asked. */
static void test_a_card_that_sleeps_is_left_alone(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    intel_card(&machine, "xe", true);
    gpu_tree_write(machine.fd, 3, "power/runtime_status", "active\n");
    open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
    xe_client(machine.fd, 42, 42, 1000, 100000);
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    gpu_tree_write(machine.fd, 3, "power/runtime_status", "suspended\n");
    gpu_tree_write(machine.fd, 3, HWMON "energy1_input", "rubbish\n");
    tell(machine.fd, 42, 5, "rubbish");
    gpu_tree_read(&machine, &probed, 2);
    assert_int_equal(probed.samples[0].error, 0);
    assert_int_equal(probed.samples[0].valid & SAMPLE_ENERGY, 0);
    assert_time(&probed, 42, 0);
    gpu_tree_tear_down(&machine, &probed);
}

/* Each row: what becomes of the only client's file between two looks. */
static void test_clients_that_go_are_no_more(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "pos:\t0\nflags:\t02\n",
        "drm-driver:\tamdgpu\n",
        "drm-driver:\ti915\ndrm-pdev:\t0000:00:02.0\ndrm-client-id:\t11\n", /* another card's */
        NULL, /* the process is gone */
    };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        amd_card(&machine, "0\n");
        open_device(machine.fd, 42, 5, "/dev/dri/renderD128");
        amd_client(machine.fd, 42, 5, 11, 0, 0);
        gpu_tree_probe(&machine, &reader_amdgpu, &probed);
        gpu_tree_read(&machine, &probed, 1);
        assert_int_equal(probed.samples[0].process_count, 1);
        if (texts[i] != NULL)
            tell(machine.fd, 42, 5, texts[i]);
        else
            assert_int_equal(renameat(machine.fd, "proc/42", machine.fd, "proc/gone"), 0);
        gpu_tree_read(&machine, &probed, 2);
        assert_int_equal(probed.samples[0].error, 0);
        assert_int_equal(probed.samples[0].process_count, 0);
        gpu_tree_tear_down(&machine, &probed);
    }
}

/* 32 + 300 / 16 = 50 files are read at a look: in six all have been, and each tells what it did since
 * its own last time, 600 ms in 6 s. */
static void test_300_clients_and_links_in_a_circle(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "100\n");
    for (int pid = 1000; pid < 1300; pid++) {
        open_device(machine.fd, pid, 5, "/dev/dri/renderD128");
        amd_client(machine.fd, pid, 5, pid, 0, 0);
    }
    open_device(machine.fd, 999, 5, "6");
    open_device(machine.fd, 999, 6, "5");
    tree_link(machine.fd, "proc/998/fd", "../998/fd");
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    for (int look = 1; look <= 30; look++)
        gpu_tree_read(&machine, &probed, look);
    for (int look = 31; look <= 42; look++) {
        for (int pid = 1000; pid < 1300; pid++)
            amd_client(machine.fd, pid, 5, pid, 100 * (look - 30), 0);
        gpu_tree_read(&machine, &probed, look);
        assert_int_equal(probed.samples[0].process_count, 300);
    }
    for (int pid = 1000; pid < 1300; pid++)
        assert_time(&probed, pid, 0.1);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_without_proc_there_is_no_list(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    amd_card(&machine, "0\n");
    assert_int_equal(unlinkat(machine.fd, "proc", AT_REMOVEDIR), 0);
    gpu_tree_probe(&machine, &reader_amdgpu, &probed);
    assert_int_equal(gpu_tree_device(&probed, 0)->fields & SAMPLE_PROCESSES, 0);
    gpu_tree_read(&machine, &probed, 1);
    assert_int_equal(probed.samples[0].valid & SAMPLE_PROCESSES, 0);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_properties_of_a_node(void **state)
{
    static const char *const bad[] = { "",
                                       "simd_count 0\nlocation_id 768\n",
                                       "location_id 768\n",
                                       "simd_count 416\n",
                                       "simd_count -3\nlocation_id 768\n",
                                       "simd_count 99999999999999999999999999\nlocation_id 1\n" };
    struct kfd_node node = { .gpu_id = 0 };

    (void)state;
    assert_true(kfd_parse_properties("simd_count 416\nlocation_id 49409\ndomain 2\n", &node));
    assert_string_equal(node.slot, "0002:c1:00.1");
    assert_int_equal(node.compute_units, 104);
    assert_true(kfd_parse_properties("simd_count 192\nsimd_per_cu 2\nlocation_id 768\n", &node));
    assert_int_equal(node.compute_units, 96);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(kfd_parse_properties(bad[i], &node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes_share_by_engine_time),
        cmocka_unit_test(test_a_client_counts_once),
        cmocka_unit_test(test_a_counter_that_steps_back_waits),
        cmocka_unit_test(test_what_a_new_client_of_the_job_did_is_all_its_own),
        cmocka_unit_test(test_the_job_is_found_among_many),
        cmocka_unit_test(test_the_job_need_not_wait_its_turn),
        cmocka_unit_test(test_what_is_not_seen_is_hidden),
        cmocka_unit_test(test_rocm_shares_what_engines_do_not_explain),
        cmocka_unit_test(test_rocm_without_compute_units_shares_by_memory),
        cmocka_unit_test(test_parts_of_a_gpu_are_one_card),
        cmocka_unit_test(test_rocm_is_told_by_its_device),
        cmocka_unit_test(test_cycles_and_utilisation_of_xe),
        cmocka_unit_test(test_a_part_of_the_clients_is_no_utilisation),
        cmocka_unit_test(test_a_card_without_a_counter_tells_how_busy_it_is),
        cmocka_unit_test(test_a_card_that_sleeps_is_left_alone),
        cmocka_unit_test(test_clients_that_go_are_no_more),
        cmocka_unit_test(test_300_clients_and_links_in_a_circle),
        cmocka_unit_test(test_without_proc_there_is_no_list),
        cmocka_unit_test(test_properties_of_a_node),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
