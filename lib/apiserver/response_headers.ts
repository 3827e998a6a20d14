/** Headers of every JSON answer. */
export const JSON_HEADERS = {
  "content-type": "application/json",
  // `no-transform` keeps the runtime from compressing. Over loopback that only costs time, and the
  // compressor's many small writes meet delayed acknowledgements: 40 ms for a small answer.
  "cache-control": "no-cache, private, no-transform",
};
