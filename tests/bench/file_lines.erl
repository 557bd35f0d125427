%% area: file repeat: 4
%% A text file read line by line: through a file process with io:get_line and file:read_line, and raw with read_ahead.
-module(file_lines).
-export([main/0]).

main() ->
    Name = "bench_lines." ++ os:getpid(),
    ok = file:write_file(Name, [[integer_to_list(I), " the quick brown fox jumps over the lazy dog ", integer_to_list(I * I), $\n] || I <- lists:seq(1, 20000)]),
    Sums = [begin
                {ok, F} = file:open(Name, Modes),
                Sum = lines(Read, F, 0),
                ok = file:close(F),
                Sum
            end || {Modes, Read} <- [{[read, binary], fun(F) -> io:get_line(F, "") end}, {[read, binary], fun file:read_line/1},
                                     {[read, raw, binary, {read_ahead, 65536}], fun file:read_line/1}, {[read, {encoding, utf8}], fun(F) -> io:get_line(F, "") end}]],
    ok = file:delete(Name),
    Sums.

lines(Read, F, Sum) ->
    case Read(F) of
        {ok, Line} -> lines(Read, F, Sum + iolist_size(Line));
        eof -> Sum;
        Line -> lines(Read, F, Sum + iolist_size(Line))
    end.
