%% area: file repeat: 1
%% A folder of 10,000 files: made, listed, asked about, walked by a wildcard, and removed.
-module(file_dirs).
-export([main/0]).

main() ->
    Base = case filelib:is_dir("/dev/shm") of true -> "/dev/shm"; false -> "." end,  % in memory, where there is such a place
    Dir = filename:join(Base, "bench_dir." ++ os:getpid()),
    ok = file:make_dir(Dir),
    Names = [filename:join(Dir, "file-" ++ integer_to_list(I) ++ ".txt") || I <- lists:seq(1, 10000)],
    [ok = file:write_file(N, <<>>) || N <- Names],
    Lengths = [length(element(2, file:list_dir(Dir))) || _ <- lists:seq(1, 20)],
    Raw = length(element(2, file:list_dir_all(Dir))),
    Found = length(filelib:wildcard(Dir ++ "/*7.txt")),
    Regular = length([N || N <- Names, filelib:is_regular(N)]),
    ok = file:del_dir_r(Dir),
    {lists:usort(Lengths), Raw, Found, Regular}.
