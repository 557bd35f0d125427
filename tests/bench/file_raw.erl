%% area: file repeat: 4
%% Raw files: written in blocks and in small delayed writes, read whole, in blocks and at places here and there.
-module(file_raw).
-export([main/0]).

main() ->
    Name = "bench_raw." ++ os:getpid(),
    Block = binary:copy(<<"0123456789abcdef">>, 512),
    Result = [blocks(Name, Block), delayed(Name), whole(Name), sequential(Name), places(Name), lists:sum([small(Name, I) || I <- lists:seq(1, 1500)])],
    ok = file:delete(Name),
    Result.

blocks(Name, Block) ->
    {ok, F} = file:open(Name, [raw, write, binary]),
    [ok = file:write(F, Block) || _ <- lists:seq(1, 2000)],
    ok = file:close(F),
    filelib:file_size(Name).

delayed(Name) ->
    {ok, F} = file:open(Name, [raw, append, binary, delayed_write]),
    [ok = file:write(F, <<I:64>>) || I <- lists:seq(1, 40000)],
    ok = file:close(F),
    filelib:file_size(Name).

whole(Name) ->
    lists:sum([byte_size(element(2, file:read_file(Name))) || _ <- lists:seq(1, 5)]).

sequential(Name) ->
    {ok, F} = file:open(Name, [raw, read, binary]),
    Sum = sequential(F, 0),
    ok = file:close(F),
    Sum.
sequential(F, Sum) ->
    case file:read(F, 4096) of
        {ok, B} -> sequential(F, Sum + byte_size(B));
        eof -> Sum
    end.

places(Name) ->
    {ok, F} = file:open(Name, [raw, read, write, binary]),
    Sum = lists:foldl(fun(I, Acc) ->
                          {ok, <<N:64, _/binary>>} = file:pread(F, (I * 7919) rem 16000000, 64),
                          ok = file:pwrite(F, (I * 104729) rem 16000000, <<N:64>>),
                          (Acc + N) band 16#ffffffff
                      end, 0, lists:seq(1, 3000)),
    ok = file:close(F),
    Sum.

%% Small files come and go.
small(Name, I) ->
    Small = [Name, $., integer_to_list(I rem 10)],
    ok = file:write_file(Small, integer_to_list(I)),
    {ok, B} = file:read_file(Small),
    {ok, Info} = file:read_file_info(Small, [raw]),
    ok = file:delete(Small),
    byte_size(B) + element(2, Info).
