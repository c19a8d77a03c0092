"""Which callables bring data from outside, mostly more than one would keep? The bulk loaders, by their full names.

How much they bring is not in the text. What they give counts as large only where a closure uses a sliver of it.
"""

from __future__ import annotations

CALLABLES = {
    "pandas": "read_csv read_table read_fwf read_excel read_parquet read_feather read_orc read_sql read_sql_query "
    "read_sql_table read_hdf read_json read_pickle read_stata read_sas read_spss read_xml read_html",
    "polars": "read_csv read_parquet read_json read_ndjson read_ipc read_avro read_excel read_database",
    "geopandas": "read_file read_parquet read_feather",
    "pyarrow.parquet": "read_table",
    "pyarrow.csv": "read_csv",
    "pyarrow.feather": "read_table read_feather",
    "numpy": "load loadtxt genfromtxt fromfile",
    "torch": "load",
    "joblib": "load",
    "pickle": "load",
    "cloudpickle": "load",
    "dill": "load",
    "json": "load",
    "cv2": "imread",
    "imageio": "imread volread",
    "skimage.io": "imread",
    "librosa": "load",
    "soundfile": "read",
    "scipy.io": "loadmat",
    "spacy": "load",
}
"""By module: the functions that load."""

METHODS = "fetchall fetch_all toPandas from_pretrained read_bytes read_text".split()
"""Methods that load, whatever their receiver is."""

READERS = {
    "builtins.open io.open gzip.open bz2.open lzma.open": "read readlines",
    "urllib.request.urlopen": "read",
}
"""Methods that load all there is, by the callable that made their receiver; an argument bounds how much."""

KINDS = {
    "read_bytes": "builtins.bytes",
    "read_text read": "builtins.str",
    "readlines fetchall fetch_all": "builtins.list",
    "toPandas": "pandas.DataFrame",
}
"""What such methods return. Whether `read` gives text or bytes makes no difference to who keeps it."""

DOWNLOADS = {"requests httpx": "get post request put"}
"""Functions that return a response; its `content` and its `text` are loaded data, so is what its `json()` returns."""
