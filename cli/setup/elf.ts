/**
 * Writes the smallest sort of static ELF program: it prints a text and exits with 0. So the image `hello-world` needs no
 * compiler, and its bytes are the same on every machine.
 *
 * Layout: ELF header, one program header (the whole file, read and execute, at 0x400000), code, text.
 * Sources: the System V ABI, chapters 4 and 5; the kernel's system call tables.
 */

export type Machine = 'x64' | 'arm64';

const BASE = 0x400000;
const HEADERS = 64 + 56;

export function helloProgram(machine: Machine, text: string): Buffer {
  const message = Buffer.from(text, 'utf8');
  const code = machine === 'x64' ? codeX64(message.length) : codeArm64(message.length);
  const size = HEADERS + code.length + message.length;
  return Buffer.concat([elfHeader(machine), programHeader(size), code, message]);
}

function elfHeader(machine: Machine): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // "\x7fELF", 64 bit, little-endian, version 1
  header.writeUInt16LE(2, 16); // e_type: executable
  header.writeUInt16LE(machine === 'x64' ? 62 : 183, 18); // e_machine: EM_X86_64, EM_AARCH64
  header.writeUInt32LE(1, 20); // e_version
  header.writeBigUInt64LE(BigInt(BASE + HEADERS), 24); // e_entry
  header.writeBigUInt64LE(64n, 32); // e_phoff
  header.writeUInt16LE(64, 52); // e_ehsize
  header.writeUInt16LE(56, 54); // e_phentsize
  header.writeUInt16LE(1, 56); // e_phnum
  return header;
}

function programHeader(size: number): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(1, 0); // p_type: PT_LOAD
  header.writeUInt32LE(5, 4); // p_flags: read, execute
  header.writeBigUInt64LE(BigInt(BASE), 16); // p_vaddr
  header.writeBigUInt64LE(BigInt(BASE), 24); // p_paddr
  header.writeBigUInt64LE(BigInt(size), 32); // p_filesz
  header.writeBigUInt64LE(BigInt(size), 40); // p_memsz
  header.writeBigUInt64LE(0x1000n, 48); // p_align
  return header;
}

/** write(1, text, length); exit(0). The text follows the code. */
function codeX64(length: number): Buffer {
  const code = Buffer.from(
    [
      'b801000000', // mov eax, 1 (write)
      'bf01000000', // mov edi, 1
      '488d3500000000', // lea rsi, [rip + text]
      'ba00000000', // mov edx, length
      '0f05', // syscall
      'b83c000000', // mov eax, 60 (exit)
      '31ff', // xor edi, edi
      '0f05', // syscall
    ].join(''),
    'hex',
  );
  code.writeInt32LE(code.length - 17, 13); // From the end of lea, at 17, to the end of the code.
  code.writeUInt32LE(length, 18);
  return code;
}

function codeArm64(length: number): Buffer {
  const instructions = [
    movz(8, 64), // write
    movz(0, 1),
    adr(1, 6 * 4), // the text, six instructions further on
    movz(2, length),
    0xd4000001, // svc #0
    movz(8, 93), // exit
    movz(0, 0),
    0xd4000001,
  ];
  const code = Buffer.alloc(instructions.length * 4);
  instructions.forEach((instruction, index) => code.writeUInt32LE(instruction >>> 0, index * 4));
  return code;
}

/** `movz x<register>, #value` */
function movz(register: number, value: number): number {
  if (value > 0xffff) throw new RangeError(`${value} does not fit into 16 bits.`);
  return 0xd2800000 + value * 32 + register;
}

/** `adr x<register>, #offset` for an offset that is a multiple of four. */
function adr(register: number, offset: number): number {
  return 0x10000000 + (offset / 4) * 32 + register;
}
