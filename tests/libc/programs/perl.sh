#!/bin/sh
# SPDX-License-Identifier: MIT
# perl: hashes, regular expressions, sorting, formats, eval, fork. Served: perl 300000
set -eu
cat >script.pl <<'END'
use strict; use warnings;
my %count; my @list;
for my $i (1 .. 60000) { $count{($i * 7919) % 10007} .= chr(65 + $i % 26); push @list, { id => $i, key => ($i * 31) % 1009 }; }
print scalar(keys %count), " $count{17}\n";
my @sorted = sort { $a->{key} <=> $b->{key} || $b->{id} <=> $a->{id} } @list;
print join(",", map { $_->{id} } @sorted[0 .. 5]), "\n";
my $text = join " ", map { sprintf "%05x:%s", $_, "y" x ($_ % 30) } 1 .. 20000;
my $n = () = $text =~ /([0-9a-f]{3})[05a]:y{5,9}\b/g;
(my $copy = $text) =~ s/(\w+):(y*)/$2$1/g;
print length($text), " $n ", length($copy), " ", unpack("%32C*", $copy), "\n";
splice @list, $_ * 5, 3 for 1 .. 500;
delete @count{grep { $_ % 2 } keys %count};
print scalar(@list), " ", scalar(keys %count), "\n";
my @closures = map { my $x = $_; sub { $x += shift } } 1 .. 20000;
my $sum = 0; $sum += $_->(1) for @closures; print "$sum\n";
eval { die { code => 7 } }; print "code $@->{code}\n";
for my $k (1 .. 10) { my $pid = fork; if (!$pid) { my @x = (1) x 100000; exit $k } waitpid $pid, 0; print $? >> 8, " "; }
print "\n", eval "1 +* 2" // "bad: $@";
END
perl script.pl
