// What libraries written for Node first expect of a page; esbuild puts it before them.
import { Buffer } from "buffer";
import process from "process";

globalThis.Buffer ??= Buffer;
globalThis.process ??= process;
export { Buffer, process };
