#!/bin/sh
# SPDX-License-Identifier: MIT
# git: a repository with some hundred commits, branches and merges; clone, gc with threads, fsck, rewriting. Served: git 100000
set -eu
export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
git config --global init.defaultBranch main
git config --global pack.threads 2
git config --global advice.detachedHead false

git init -q work
# 200 commits on main, each with some files changed, as a stream for git's own reader.
awk 'BEGIN {
    for (c = 1; c <= 200; c++) {
        printf "commit refs/heads/main\ncommitter c <c@example.org> %d +0000\ndata 10\ncommit %03d\n", 1600000000 + c * 1000, c
        for (f = 1; f <= 5; f++) {
            text = ""
            for (l = 1; l <= 60 + c; l++) text = text sprintf("line %d of file %d, %d\n", l, f, l % 7 == c % 7 ? c : 0)
            printf "M 100644 inline dir%d/file%d\ndata %d\n%s\n", (c + f) % 10, f, length(text), text
        }
    }
}' | git -C work fast-import --quiet
cd work
git checkout -q main
for b in 1 2 3; do
    git checkout -q -b "side$b" "main~$((b * 20))"
    for i in 1 2 3; do
        echo "$b $i" >>"side-$b"
        git add .
        git commit -q -m "side $b $i"
    done
done
git checkout -q main
git merge -q --no-edit side1 side2 side3
git rev-parse HEAD
git log --stat | sha256sum
git log -p --all | sha256sum
git gc -q --aggressive --prune=now
git fsck --full --strict
git count-objects -v | grep -E '^(count|packs|garbage|in-pack)'
cd ..
git clone -q "file://$PWD/work" copy
cd copy
git fsck --full
git blame dir1/file1 | sha256sum
git grep -c 'line 7 of' | sha256sum
git rebase -q --onto HEAD~30 HEAD~4 origin/side2
git diff --shortstat origin/main
git checkout -q main
git bisect start main main~150 >/dev/null
git bisect run sh -c '! grep -q "line 150 " dir3/file2' | grep 'is the first'
git bisect reset >/dev/null 2>&1
echo changed >>dir1/file1
git stash push -q
git stash pop | sed -n 's/Dropped.*/dropped/p'
git checkout -q .
git archive origin/main | sha256sum
git bundle create -q ../all.bundle --all
git bundle verify ../all.bundle 2>&1 | tail -n 1
git show no-such-commit 2>&1 || echo "status $?"
