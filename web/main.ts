import './styles/base.css';
import './views/app.ts';
