%% area: file repeat: 1
%% A folder of 10,000 files: listed, walked by a wildcard, and some of it asked about. A child makes and removes it.
-module(file_dirs).
-export([main/0]).

main() ->
    Base = case filelib:is_dir("/dev/shm") of true -> "/dev/shm"; false -> "." end,  % in memory, where there is such a place
    Dir = filename:join(Base, "bench_dir." ++ os:getpid()),
    ok = file:make_dir(Dir),
    "" = os:cmd("cd " ++ Dir ++ " && seq -f 'file-%.0f.txt' 10000 | xargs touch"),
    Lengths = [length(element(2, file:list_dir(Dir))) || _ <- lists:seq(1, 50)],
    Raw = length(element(2, file:list_dir_all(Dir))),
    Found = [length(filelib:wildcard(Dir ++ "/*7.txt")) || _ <- lists:seq(1, 5)],
    Regular = length([I || I <- lists:seq(1, 1000), filelib:is_regular(filename:join(Dir, "file-" ++ integer_to_list(I) ++ ".txt"))]),
    "" = os:cmd("rm -r " ++ Dir),
    {lists:usort(Lengths), Raw, Found, Regular}.
