%% Natives of text, terms, files and maps given every kind of value in every place: results and errors are erl's.
-module(natives_nasty).
-export([main/1]).

main(_) ->
    [io:format("~w:~w/~w ~w~n", [M, F, A, erlang:phash2([outcome(M, F, Args) || Args <- arguments(A)])]) || {M, F, A} <- natives()].

values() ->
    [a, [], "abc", [$a | b], <<>>, <<"abc">>, <<1:3>>, binary:copy(<<"x">>, 100), -1, 0, 1, 5, 1 bsl 62, 1 bsl 70, -(1 bsl 70), 1.5,
     {a}, {}, #{}, #{a => 1}, maps:from_list([{I, I} || I <- lists:seq(1, 40)]), [<<1:3>>], ["a", <<"b">> | <<"c">>], [256], [1024],
     [-1], [{a, b}], unicode, latin1, true, false, safe, [safe], [used], [compressed], [{compressed, 3}], iterator, <<131, 97, 1>>,
     <<131>>, raw, line, http, namelist].

natives() ->
    [{erlang, F, A} || {F, A} <- [{list_to_binary, 1}, {iolist_to_binary, 1}, {iolist_size, 1}, {list_to_bitstring, 1},
        {term_to_binary, 1}, {term_to_binary, 2}, {external_size, 1}, {external_size, 2}, {binary_to_term, 1}, {binary_to_term, 2},
        {md5, 1}, {md5_update, 2}, {md5_final, 1}, {crc32, 1}, {crc32, 2}, {crc32_combine, 3}, {adler32, 1}, {adler32, 2},
        {pid_to_list, 1}, {ref_to_list, 1}, {port_to_list, 1}, {list_to_pid, 1}, {list_to_ref, 1}, {list_to_port, 1},
        {decode_packet, 3}]] ++
    [{unicode, F, A} || {F, A} <- [{characters_to_binary, 1}, {characters_to_list, 1}, {characters_to_binary, 2},
        {characters_to_list, 2}, {bin_is_7bit, 1}]] ++
    [{re, F, A} || {F, A} <- [{run, 2}, {run, 3}, {inspect, 2}, {version, 0}]] ++
    [{erts_internal, map_to_tuple_keys, 1}] ++
    [{prim_file, F, 1} || F <- [internal_name2native, internal_native2name, is_translatable]] ++
    [{zlib, F, 1} || F <- [compress, uncompress, gunzip]] ++ [{zlib, inflateInit, 2}, {zlib, setBufSize, 2}] ++
    [{file, F, 1} || F <- [read_file, list_dir, read_file_info, read_link]] ++
    [{os, getenv, 1}, {os, set_signal, 2}, {prim_buffer, size, 1}, {prim_buffer, skip, 2}, {prim_buffer, write, 2}].

%% Of three places only a sample.
arguments(3) -> [Args || Args <- product(3), erlang:phash2(Args) rem 29 =:= 0];
arguments(N) -> product(N).

product(0) -> [[]];
product(N) -> [[V | Rest] || V <- values(), Rest <- product(N - 1)].

outcome(M, F, Args) ->
    try apply(M, F, Args)
    catch Class:Reason:Stack ->
        case Stack of
            [{M, F, As, Info} | _] -> {Class, Reason, As, lists:keyfind(error_info, 1, Info)};
            _ -> {Class, Reason}
        end
    end.
