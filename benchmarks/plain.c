/* The limit: one LSTM layer that writes greedily in plain C over the same weights, nothing around it. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

/* y = y + W x, W of rows x columns. */
static void multiply(const float *W, const float *x, float *y, int rows, int columns) {
    for (int r = 0; r < rows; r++) {
        const float *w = W + (long)r * columns;
        float sum = 0.0f;
        for (int c = 0; c < columns; c++) sum += w[c] * x[c];
        y[r] += sum;
    }
}

/*
 * table: what the layer makes of every token before any state comes in, biases included (V, 4H)
 * W_hh: (4H, H), gates in torch's order i, f, g, o; W_out: (V, H); b_out: (V)
 * tokens (64 bits each): begins with the prompt, and is filled up to `length`.
 */
int write_greedily(const float *table, const float *W_hh, const float *W_out, const float *b_out, int V, int H,
                   int64_t *tokens, int prompt, int length) {
    float *h = calloc(H, sizeof *h), *c = calloc(H, sizeof *c);
    float *gates = malloc(4 * H * sizeof *gates), *scores = malloc(V * sizeof *scores);
    if (!h || !c || !gates || !scores) return 1;
    for (int t = 0; t + 1 < length; t++) {
        const float *p = table + tokens[t] * 4 * H;
        for (int k = 0; k < 4 * H; k++) gates[k] = p[k];
        multiply(W_hh, h, gates, 4 * H, H);
        for (int k = 0; k < H; k++) {
            float i = sigmoid(gates[k]), f = sigmoid(gates[H + k]), g = tanhf(gates[2 * H + k]);
            c[k] = f * c[k] + i * g;
            h[k] = sigmoid(gates[3 * H + k]) * tanhf(c[k]);
        }
        if (t + 1 < prompt) continue;
        for (int v = 0; v < V; v++) scores[v] = b_out[v];
        multiply(W_out, h, scores, V, H);
        long best = 0;
        for (int v = 1; v < V; v++) if (scores[v] > scores[best]) best = v;
        tokens[t + 1] = best;
    }
    free(h), free(c), free(gates), free(scores);
    return 0;
}
