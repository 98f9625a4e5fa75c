import './just-express.js';
