/* A plugin for qemu-user that prints how many instructions the program has executed: "<n> instructions" on standard error.
 * Debian ships neither qemu's example plugins nor their header, so what is used of the interface is declared here (QEMU 7.2,
 * docs/devel/tcg-plugins.rst; interface version 1). */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef uint64_t plugin_id_t;
struct plugin_tb;

int qemu_plugin_version = 1;

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id_t id, void (*translated)(plugin_id_t id, struct plugin_tb *block));
void qemu_plugin_register_vcpu_tb_exec_inline(struct plugin_tb *block, int operation, void *counter, uint64_t step);
void qemu_plugin_register_atexit_cb(plugin_id_t id, void (*ended)(plugin_id_t id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct plugin_tb *block);

enum { ADD_U64 = 0 };

static uint64_t instructions;

/* A block runs from its first instruction to its last. */
static void translated(plugin_id_t id, struct plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &instructions, qemu_plugin_tb_n_insns(block));
}

static void ended(plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    fprintf(stderr, "%llu instructions\n", (unsigned long long)instructions);
}

int qemu_plugin_install(plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    (void)argc;
    (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
