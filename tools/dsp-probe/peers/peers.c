/* The detectors of Debian's libspandsp and libspeexdsp on the recordings of `dsp-probe signals`: nanoseconds of this process's CPU
 * time per sample. Built and run by `cargo xtask bench dsp`.
 *
 *   peers dtmf|tones|fax|plc WAV        peers cid bell202|v23 WAV        peers ec spandsp|speexdsp TAPS NLP RIN SIN
 */
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spandsp.h>
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#define FRAME 80
#define LONG_ENOUGH_NS 3e8

/* echo_can_update() of spandsp 0.0.6 as Debian builds it prints for every sample. What it prints, and the time that takes, is kept
 * out: the program's own functions come first when a library's calls are resolved. */
int printf(const char *format, ...) { (void)format; return 0; }
int puts(const char *text) { (void)text; return 0; }
int putchar(int c) { return c; }
int __printf_chk(int flag, const char *format, ...) { (void)flag; (void)format; return 0; }

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "peers: %s: %s\n", what, why);
    exit(2);
}

typedef struct {
    int16_t *samples;
    int frames;
} recording_t;

/* A WAV file as dsp-probe writes it: 44 octets, then samples. */
static recording_t load(const char *path)
{
    unsigned char header[44];
    recording_t recording;
    uint32_t octets;
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        fail(path, "cannot be opened");
    if (fread(header, 1, sizeof header, file) != sizeof header || memcmp(header, "RIFF", 4) != 0 || memcmp(header + 36, "data", 4) != 0)
        fail(path, "not written by dsp-probe signals");
    memcpy(&octets, header + 40, sizeof octets);
    recording.frames = octets / sizeof(int16_t) / FRAME;
    recording.samples = malloc(recording.frames * FRAME * sizeof(int16_t));
    if (recording.frames == 0 || recording.samples == NULL || fread(recording.samples, FRAME * sizeof(int16_t), recording.frames, file) != (size_t)recording.frames)
        fail(path, "holds no samples, or fewer than it says");
    fclose(file);
    return recording;
}

static double cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

/* What is measured: `pass` works once through `recording`. */
typedef struct {
    recording_t recording;
    recording_t near;
    int16_t *out;
    void *state;
    void *other;
    int taps;
    int nlp;
} work_t;

static double measure(void (*pass)(work_t *), work_t *work)
{
    double start = cpu_ns();
    double spent;
    int passes = 0;

    do {
        pass(work);
        passes++;
        spent = cpu_ns() - start;
    } while (spent < LONG_ENOUGH_NS);
    return spent / passes / work->recording.frames / FRAME;
}

static int16_t *frame(const recording_t *recording, int n)
{
    return recording->samples + n * FRAME;
}

static void dtmf_pass(work_t *work)
{
    char digits[128];

    for (int n = 0; n < work->recording.frames; n++) {
        dtmf_rx(work->state, frame(&work->recording, n), FRAME);
        dtmf_rx_get(work->state, digits, sizeof digits - 1);
    }
}

static void message(void *user_data, const uint8_t *octets, int length)
{
    (void)user_data;
    (void)octets;
    (void)length;
}

static void cid_pass(work_t *work)
{
    for (int n = 0; n < work->recording.frames; n++)
        adsi_rx(work->state, frame(&work->recording, n), FRAME);
}

static void tone_report(void *user_data, int code, int level, int delay)
{
    (void)user_data;
    (void)code;
    (void)level;
    (void)delay;
}

/* North America: dial, ringing, busy and congestion tone. */
static super_tone_rx_descriptor_t *north_america(void)
{
    super_tone_rx_descriptor_t *plan = super_tone_rx_make_descriptor(NULL);
    int tone = super_tone_rx_add_tone(plan);

    super_tone_rx_add_element(plan, tone, 350, 440, 300, 0);
    tone = super_tone_rx_add_tone(plan);
    super_tone_rx_add_element(plan, tone, 440, 480, 1700, 2300);
    super_tone_rx_add_element(plan, tone, -1, -1, 3400, 4600);
    tone = super_tone_rx_add_tone(plan);
    super_tone_rx_add_element(plan, tone, 480, 620, 425, 575);
    super_tone_rx_add_element(plan, tone, -1, -1, 425, 575);
    tone = super_tone_rx_add_tone(plan);
    super_tone_rx_add_element(plan, tone, 480, 620, 212, 288);
    super_tone_rx_add_element(plan, tone, -1, -1, 212, 288);
    return plan;
}

static void tones_pass(work_t *work)
{
    for (int n = 0; n < work->recording.frames; n++)
        super_tone_rx(work->state, frame(&work->recording, n), FRAME);
}

static void fax_pass(work_t *work)
{
    for (int n = 0; n < work->recording.frames; n++) {
        modem_connect_tones_rx(work->state, frame(&work->recording, n), FRAME);
        modem_connect_tones_rx(work->other, frame(&work->recording, n), FRAME);
        modem_connect_tones_rx_get(work->state);
        modem_connect_tones_rx_get(work->other);
    }
}

static void plc_pass(work_t *work)
{
    int16_t played[FRAME];

    for (int n = 0; n < work->recording.frames; n++) {
        memcpy(played, frame(&work->recording, n), sizeof played);
        if (n % 20 == 19)
            plc_fillin(work->state, played, FRAME);
        else
            plc_rx(work->state, played, FRAME);
    }
}

static void spandsp_echo_pass(work_t *work)
{
    echo_can_state_t *canceller = echo_can_init(work->taps, ECHO_CAN_USE_ADAPTION | (work->nlp ? ECHO_CAN_USE_NLP : 0));

    for (int n = 0; n < work->recording.frames * FRAME; n++)
        work->out[n] = echo_can_update(canceller, work->recording.samples[n], work->near.samples[n]);
    echo_can_free(canceller);
}

static void speexdsp_echo_pass(work_t *work)
{
    SpeexEchoState *canceller = speex_echo_state_init(FRAME, work->taps);
    SpeexPreprocessState *suppressor = NULL;
    int rate = 8000;
    int off = 0;

    speex_echo_ctl(canceller, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    if (work->nlp) {
        suppressor = speex_preprocess_state_init(FRAME, rate);
        speex_preprocess_ctl(suppressor, SPEEX_PREPROCESS_SET_ECHO_STATE, canceller);
        speex_preprocess_ctl(suppressor, SPEEX_PREPROCESS_SET_DENOISE, &off);
    }
    for (int n = 0; n < work->recording.frames; n++) {
        int16_t *out = work->out + n * FRAME;

        speex_echo_cancellation(canceller, frame(&work->near, n), frame(&work->recording, n), out);
        if (suppressor != NULL)
            speex_preprocess_run(suppressor, out);
    }
    if (suppressor != NULL)
        speex_preprocess_state_destroy(suppressor);
    speex_echo_state_destroy(canceller);
}

/* How much weaker the echo is in the second half, in dB. */
static double late_erle_db(const work_t *work)
{
    double before = 1.0;
    double after = 1.0;

    for (int n = work->recording.frames / 2 * FRAME; n < work->recording.frames * FRAME; n++) {
        before += (double)work->near.samples[n] * work->near.samples[n];
        after += (double)work->out[n] * work->out[n];
    }
    return 10.0 * log10(before / after);
}

static void echo(char **argv)
{
    bool speex = strcmp(argv[0], "speexdsp") == 0;
    work_t work = {.taps = atoi(argv[1]), .nlp = atoi(argv[2]), .recording = load(argv[3]), .near = load(argv[4])};
    double ns;

    if (work.near.frames < work.recording.frames)
        work.recording.frames = work.near.frames;
    work.out = calloc(work.recording.frames, FRAME * sizeof(int16_t));
    ns = measure(speex ? speexdsp_echo_pass : spandsp_echo_pass, &work);
    fprintf(stdout, "%s ec %d taps nlp %d %.2f ns/sample ERLE %.1f dB\n", argv[0], work.taps, work.nlp, ns, late_erle_db(&work));
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    work_t work = {0};
    void (*pass)(work_t *) = NULL;

    if (strcmp(what, "ec") == 0 && argc == 7) {
        echo(argv + 2);
        return 0;
    }
    if (strcmp(what, "cid") == 0 && argc == 4) {
        int standard = strcmp(argv[2], "bell202") == 0 ? ADSI_STANDARD_CLASS : ADSI_STANDARD_CLIP;

        work.state = adsi_rx_init(NULL, standard, message, NULL);
        pass = cid_pass;
    } else if (strcmp(what, "dtmf") == 0) {
        work.state = dtmf_rx_init(NULL, NULL, NULL);
        pass = dtmf_pass;
    } else if (strcmp(what, "tones") == 0) {
        work.state = super_tone_rx_init(NULL, north_america(), tone_report, NULL);
        pass = tones_pass;
    } else if (strcmp(what, "fax") == 0) {
        work.state = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CNG, NULL, NULL);
        work.other = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_ANSAM_PR, NULL, NULL);
        pass = fax_pass;
    } else if (strcmp(what, "plc") == 0) {
        work.state = plc_init(NULL);
        pass = plc_pass;
    } else {
        fail("usage", "peers dtmf|tones|fax|plc WAV, peers cid bell202|v23 WAV, peers ec spandsp|speexdsp TAPS NLP RIN SIN");
    }
    work.recording = load(argv[argc - 1]);
    fprintf(stdout, "spandsp %s %.2f ns/sample\n", what, measure(pass, &work));
    return 0;
}
