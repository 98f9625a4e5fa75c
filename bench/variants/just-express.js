import express from 'express';

/** As short as an Express server can be: what starting costs by itself. */
const app = express();
app.get('/healthz', (_req, res) => {
  res.json({ status: 'ok' });
});
app.listen(Number(process.argv[2]), '127.0.0.1');
